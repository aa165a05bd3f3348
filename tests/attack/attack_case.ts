import type { AttackWorld } from "./attack_world.ts";

/** What an attempt brought the attacker. */
export interface Evidence {
  /** Every octet that came back, in clear and in order. */
  readonly received: Uint8Array;
  /** Successes that only the case can see, in words; none if there are none. */
  readonly gained?: readonly string[];
}

/** One thing that a hostile client tries, for what it wants. */
export interface AttackCase<World = AttackWorld> {
  /** Goes on after "the attacker wants". */
  readonly wants: string;
  attempt(world: World): Promise<Evidence>;
}
