import { LinkedList, ListNode } from "./linked_list.ts";

/** See `Limits`. */
export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
}

/** Whose limit leaves no room, as every connection that counts against it is at work. */
export type Full = "client" | "proxy";

/** A connection that wants to be admitted. */
export interface Newcomer {
  /** Who it is from. */
  readonly client: string;
  /** Closes it, as it has to make room for another. */
  readonly close: () => void;
}

/**
 * So many waiting connections that have proved nothing are let be: each is new, and will have proved
 * something soon. Those beyond it are not, and are the first to be closed.
 */
const UNPROVEN = 8;

/** The same, as a part of all connections. */
const UNPROVEN_PART = 1 / 8;

/**
 * The client connections by client, and which of them merely wait.
 *
 * When a limit is reached, a connection that waits is closed in favour of the newcomer, so that
 * whoever holds connections open without using them cannot keep others out: one that has never proved
 * anything if there are many of these, as in a flood from many addresses; otherwise one of the client
 * with the most. Of several it is the one that has waited longest. Every operation takes a fixed
 * number of steps, however many connections there are.
 */
export class ConnectionTable {
  readonly #clients = new Map<string, Client>();
  /** The clients of which a connection waits, by how many connections they have. */
  readonly #byCount: LinkedList<Client>[] = [];
  /** No client of which a connection waits has more. */
  #highest = 0;
  /** Those that wait and have proved nothing, the one that has waited longest first. */
  readonly #unproven = new LinkedList<AdmittedConnection>();
  #size = 0;
  #ceiling = Infinity;
  /** How often some connection has begun to wait. */
  #waits = 0;
  readonly #keeper: Keeper = {
    wait: (connection) => this.#wait(connection),
    stopWaiting: (connection) => this.#stopWaiting(connection),
    leave: (connection) => this.#leave(connection),
  };

  /** How many connections are admitted. */
  get size(): number {
    return this.#size;
  }

  /** Admits a connection, which waits at first, or says why there is no room. */
  admit(newcomer: Newcomer, limits: ConnectionLimits): AdmittedConnection | Full {
    const known = this.#clients.get(newcomer.client);
    if (known !== undefined && known.count >= limits.maxConnectionsPerClient) {
      if (!evict(known.victim)) return "client";
    }
    if (this.#size >= Math.min(limits.maxConnections, this.#ceiling)) {
      if (!evict(this.#victim)) return "proxy";
    }
    let client = this.#clients.get(newcomer.client);
    if (client === undefined) {
      client = new Client(newcomer.client);
      this.#clients.set(newcomer.client, client);
    }
    this.#size++;
    client.count++;
    const connection = new AdmittedConnection(client, {
      close: newcomer.close,
      keeper: this.#keeper,
    });
    connection.wait();
    this.#place(client);
    return connection;
  }

  /** Never admits more than that many from now on, and closes waiting ones to get there. */
  setCeiling(ceiling: number): void {
    this.#ceiling = ceiling;
    while (this.#size > this.#ceiling && evict(this.#victim));
  }

  #wait(connection: AdmittedConnection): void {
    const { client } = connection;
    const first = !client.waits;
    connection.since = ++this.#waits;
    if (connection.isProven) client.proven.append(connection.node);
    else {
      client.unproven.append(connection.node);
      this.#unproven.append(connection.unprovenNode);
    }
    if (first) this.#place(client);
  }

  #stopWaiting(connection: AdmittedConnection): void {
    const { client } = connection;
    connection.node.list?.remove(connection.node);
    this.#unproven.remove(connection.unprovenNode);
    if (!client.waits) this.#place(client);
  }

  #leave(connection: AdmittedConnection): void {
    const { client } = connection;
    this.#stopWaiting(connection);
    this.#size--;
    client.count--;
    if (client.count === 0) this.#clients.delete(client.name);
    this.#place(client);
  }

  /** Puts the client where {@linkcode #victim} finds it, if a connection of its waits. */
  #place(client: Client): void {
    const { node, count } = client;
    if (!client.waits) return node.list?.remove(node);
    const list = this.#byCount[count] ??= new LinkedList();
    if (node.list !== list) list.append(node);
    if (count > this.#highest) this.#highest = count;
  }

  /** Which connection is to make room. */
  get #victim(): AdmittedConnection | undefined {
    if (areMany(this.#unproven, this.#size)) return this.#unproven.first;
    for (; this.#highest > 0; this.#highest--) {
      const client = this.#byCount[this.#highest]?.first;
      if (client !== undefined) return client.victim;
    }
    return undefined;
  }
}

function evict(connection: AdmittedConnection | undefined): boolean {
  if (connection === undefined) return false;
  connection.leave();
  connection.close();
  return true;
}

function areMany(unproven: LinkedList<AdmittedConnection>, size: number): boolean {
  return unproven.size > Math.max(UNPROVEN, size * UNPROVEN_PART);
}

/** One client's connections. */
class Client {
  readonly name: string;
  count = 0;
  /** Those that wait, the one that has waited longest first. */
  readonly proven = new LinkedList<AdmittedConnection>();
  readonly unproven = new LinkedList<AdmittedConnection>();
  readonly node: ListNode<Client> = new ListNode<Client>(this);

  constructor(name: string) {
    this.name = name;
  }

  /** Whether one of them waits. */
  get waits(): boolean {
    return !this.proven.isEmpty || !this.unproven.isEmpty;
  }

  /** Which of them is to make room. */
  get victim(): AdmittedConnection | undefined {
    const proven = this.proven.first;
    const unproven = this.unproven.first;
    if (proven === undefined || areMany(this.unproven, this.count)) return unproven;
    return unproven !== undefined && unproven.since < proven.since ? unproven : proven;
  }
}

/** Who keeps the lists. */
interface Keeper {
  wait(connection: AdmittedConnection): void;
  stopWaiting(connection: AdmittedConnection): void;
  leave(connection: AdmittedConnection): void;
}

/** A connection that is counted until it leaves. */
export class AdmittedConnection {
  readonly close: () => void;
  readonly client: Client;
  readonly #keeper: Keeper;
  /** Its place among its client's. */
  readonly node: ListNode<AdmittedConnection> = new ListNode<AdmittedConnection>(this);
  /** Its place among all that have proved nothing. */
  readonly unprovenNode: ListNode<AdmittedConnection> = new ListNode<AdmittedConnection>(this);
  /** Tells which of two has waited longer: the lower. */
  since = 0;
  #proven = false;
  #left = false;

  constructor(client: Client, { close, keeper }: { close: () => void; keeper: Keeper }) {
    this.client = client;
    this.close = close;
    this.#keeper = keeper;
  }

  get isProven(): boolean {
    return this.#proven;
  }

  /** It is of use to somebody: its client has been authenticated, or been answered by a service. */
  prove(): void {
    this.#proven = true;
  }

  /** No exchange and no tunnel is under way: it may be closed in favour of another. */
  wait(): void {
    if (!this.#left && this.node.list === undefined) this.#keeper.wait(this);
  }

  /**
   * An exchange or a tunnel is under way: it is never closed in favour of another.
   *
   * @returns Whether it is not too late for that.
   */
  work(): boolean {
    if (this.node.list === undefined) return !this.#left;
    this.#keeper.stopWaiting(this);
    return true;
  }

  /** The connection is gone; leaving twice is harmless. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#keeper.leave(this);
  }
}
