import { messageOf } from "../common/errors.ts";
import type { AgentRecognizer, Log } from "../ports.ts";
import type { ConfigValues } from "../protocol/config.ts";
import { createRecognizer } from "./recognition.ts";

type Rules = Pick<ConfigValues, "recognitionRules">;

export interface RuledConfig {
  readonly values: Rules;
  readonly onChange: (listener: (values: Rules) => void) => unknown;
}

/** Rules may change while we run; a set that does not compile never gets here (the configuration refuses it). */
export function currentRecognizer(config: RuledConfig, log: Log): () => AgentRecognizer {
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
