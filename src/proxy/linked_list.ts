/** A place in a {@linkcode LinkedList}; a node is in one list at a time, or in none. */
export class ListNode<T> {
  readonly value: T;
  list: LinkedList<T> | undefined;
  previous: ListNode<T> | undefined;
  next: ListNode<T> | undefined;

  constructor(value: T) {
    this.value = value;
  }
}

/**
 * A queue from whose middle a node can be taken: a few assignments each, and nothing is allocated or
 * hashed, as connections enter and leave one with every request.
 */
export class LinkedList<T> {
  #first: ListNode<T> | undefined;
  #last: ListNode<T> | undefined;
  #size = 0;

  /** What has been in the list for longest. */
  get first(): T | undefined {
    return this.#first?.value;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  get size(): number {
    return this.#size;
  }

  /** Puts a node at the end, out of whatever list it was in. */
  append(node: ListNode<T>): void {
    node.list?.remove(node);
    node.list = this;
    this.#size++;
    node.previous = this.#last;
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
  }

  /** Takes a node out; one that is not in this list stays where it is. */
  remove(node: ListNode<T>): void {
    if (node.list !== this) return;
    this.#size--;
    if (node.previous === undefined) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous;
    else node.next.previous = node.previous;
    node.list = undefined;
    node.previous = undefined;
    node.next = undefined;
  }
}
