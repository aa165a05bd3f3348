import type { Authority, Host } from "../wire/authority.ts";
import type { OwnContent } from "./own_response.ts";

/** How a listener may be called, and by whom. */
export interface Front {
  /** The port of clear HTTP that clients may have called who were turned to this listener. */
  readonly originalPort?: number;
  /** Whether clients may call the listener itself by this host; absent if they never do. */
  readonly knows?: (host: Host) => boolean;
  /**
   * Whether an authority is one of our listeners, by its address or by a name that is ours. No name is
   * resolved: the client may be anybody as yet, and a question to the DNS tells its server what the client
   * has put in the name.
   */
  readonly isAt?: (authority: Authority) => boolean;
}

/** Files for whoever asks. None holds a secret. */
export interface PublicFiles {
  /** @returns `undefined` if there is no such file. */
  read(name: string): Promise<OwnContent | undefined>;
}
