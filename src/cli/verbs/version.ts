import { versionFlags, versionOutput } from "../../engine/protocol/cli.ts";
import { PROTOCOL_VERSION } from "../../engine/protocol/rpc.ts";
import { defineVerb } from "../verb.ts";

export const version = defineVerb({
  name: "version",
  summary: "Show the version of this command and of its protocol",
  flags: versionFlags,
  output: versionOutput,
  run: (_flags, context) => Promise.resolve({ version: context.version, protocol: PROTOCOL_VERSION }),
  render: (output) => [[`swarm-allocator ${output.version} (protocol ${output.protocol})`]],
});
