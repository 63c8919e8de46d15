import { defaultKeeperTimes } from "../../../../src/engine/keeper/keeper.ts";
import { defaultRestartLimits } from "../../../../src/engine/keeper/restartPolicy.ts";
import { startKeeper } from "../../../../src/engine/keeper/start.ts";

/** The keeper with shorter times: `KEEPER_TEST` holds what differs, as JSON. */
const { times, limits } = JSON.parse(process.env["KEEPER_TEST"] ?? "{}") as { times?: object; limits?: object };
startKeeper(process.argv[2] ?? "", {
  times: { ...defaultKeeperTimes, ...times },
  limits: { ...defaultRestartLimits, ...limits },
});
