import { messageOf } from "../common/errors.ts";
import type { Log } from "../ports.ts";
import type { ConfigValues } from "../protocol/config.ts";
import { createRecognizer } from "./recognition.ts";

type Rules = Pick<ConfigValues, "recognitionRules">;

/** Rules may change while we run; a set that does not compile never gets here (the configuration refuses it). */
export function currentRecognizer(
  config: { readonly values: Rules; readonly onChange: (listener: (values: Rules) => void) => unknown },
  log: Log,
) {
  const make = (values: Rules) => {
    try {
      return createRecognizer({ userRules: values.recognitionRules });
    } catch (error) {
      log.error("config.invalid", { field: "recognitionRules", reason: messageOf(error) });
      return createRecognizer();
    }
  };
  let recognizer = make(config.values);
  config.onChange((values) => (recognizer = make(values)));
  return () => recognizer;
}
