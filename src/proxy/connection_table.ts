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
 * The client connections by client, and which of them merely wait.
 *
 * When a limit is reached, the connection that has waited longest is closed in favour of the
 * newcomer, so that whoever holds connections open without using them cannot keep others out. Every
 * operation takes a fixed number of steps, however many connections there are.
 */
export class ConnectionTable {
  readonly #clients = new Map<string, Client>();
  /** The clients of which a connection waits, by how many connections they have. */
  readonly #byCount: LinkedList<Client>[] = [];
  /** No client of which a connection waits has more. */
  #highest = 0;
  #size = 0;
  #ceiling = Infinity;

  /** How many connections are admitted. */
  get size(): number {
    return this.#size;
  }

  /** Admits a connection, which waits at first, or says why there is no room. */
  admit(newcomer: Newcomer, limits: ConnectionLimits): AdmittedConnection | Full {
    const known = this.#clients.get(newcomer.client);
    if (known !== undefined && known.count >= limits.maxConnectionsPerClient) {
      if (!this.#evictFrom(known)) return "client";
    }
    if (this.#size >= Math.min(limits.maxConnections, this.#ceiling)) {
      if (!this.#evictFrom(this.#largest())) return "proxy";
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
      onChange: (changed) => this.#place(changed),
      onLeave: (left) => this.#leave(left),
    });
    connection.wait();
    this.#place(client);
    return connection;
  }

  /** Never admits more than that many from now on, and closes waiting ones to get there. */
  setCeiling(ceiling: number): void {
    this.#ceiling = ceiling;
    while (this.#size > this.#ceiling && this.#evictFrom(this.#largest()));
  }

  #leave(client: Client): void {
    this.#size--;
    client.count--;
    if (client.count === 0) this.#clients.delete(client.name);
    this.#place(client);
  }

  /** Puts the client where {@linkcode #largest} finds it, if a connection of its waits. */
  #place(client: Client): void {
    const { node, count, waiting } = client;
    if (waiting.isEmpty) return node.list?.remove(node);
    const list = this.#byCount[count] ??= new LinkedList();
    if (node.list !== list) list.append(node);
    if (count > this.#highest) this.#highest = count;
  }

  /** The client with the most connections among those of which one waits. */
  #largest(): Client | undefined {
    for (; this.#highest > 0; this.#highest--) {
      const client = this.#byCount[this.#highest]?.first;
      if (client !== undefined) return client;
    }
    return undefined;
  }

  #evictFrom(client: Client | undefined): boolean {
    const connection = client?.waiting.first;
    if (connection === undefined) return false;
    connection.leave();
    connection.close();
    return true;
  }
}

/** One client's connections. */
class Client {
  readonly name: string;
  count = 0;
  /** Those that wait, the one that has waited longest first. */
  readonly waiting = new LinkedList<AdmittedConnection>();
  readonly node: ListNode<Client> = new ListNode<Client>(this);

  constructor(name: string) {
    this.name = name;
  }
}

/** A connection that is counted until it leaves. */
export class AdmittedConnection {
  readonly close: () => void;
  readonly #client: Client;
  readonly #onChange: (client: Client) => void;
  readonly #onLeave: (client: Client) => void;
  readonly #node: ListNode<AdmittedConnection> = new ListNode<AdmittedConnection>(this);
  #left = false;

  constructor(
    client: Client,
    { close, onChange, onLeave }: {
      close: () => void;
      onChange: (client: Client) => void;
      onLeave: (client: Client) => void;
    },
  ) {
    this.#client = client;
    this.close = close;
    this.#onChange = onChange;
    this.#onLeave = onLeave;
  }

  /** No exchange and no tunnel is under way: it may be closed in favour of another. */
  wait(): void {
    const { waiting } = this.#client;
    if (this.#left || this.#node.list !== undefined) return;
    const first = waiting.isEmpty;
    waiting.append(this.#node);
    if (first) this.#onChange(this.#client);
  }

  /**
   * An exchange or a tunnel is under way: it is never closed in favour of another.
   *
   * @returns Whether it is not too late for that.
   */
  work(): boolean {
    const { waiting } = this.#client;
    if (this.#node.list === undefined) return !this.#left;
    waiting.remove(this.#node);
    if (waiting.isEmpty) this.#onChange(this.#client);
    return true;
  }

  /** The connection is gone; leaving twice is harmless. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#client.waiting.remove(this.#node);
    this.#onLeave(this.#client);
  }
}
