import { startKeeper } from "./keeper/start.ts";

/** Entry of the keeper process: `node keeper.js <engine folder name>`. */
startKeeper(process.argv[2] ?? "");
