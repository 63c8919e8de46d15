/** In the environment of every agent and so of everything it starts: `<installation id>.<uuid>`. */
export const SPAWN_ID_VARIABLE = "SWARM_SPAWN_ID";
