import { moreReasons } from "../src/text/moreReasons.ts";
import { addReasons } from "../src/text/reasons.ts";

// A test has all words, as the command line has; a window has them from its first command or page on.
addReasons(moreReasons);
