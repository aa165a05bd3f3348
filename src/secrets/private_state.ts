/** What a change of a state comes to. */
export interface StateChange<T> {
  readonly result: T;
  /** The state from now on; it stays as it is if absent. */
  readonly text?: string;
}

/** What a source has to remember beyond its process: kept from others, written down as a whole. */
export interface PrivateState {
  /**
   * Changes a state under a lock, so that one process at a time does.
   *
   * @param change From the state as it is, if there is one. What it gives is written down before this
   *   resolves.
   */
  update<T>(
    name: string,
    change: (text: string | undefined) => Promise<StateChange<T>>,
  ): Promise<T>;
}
