import assert from "node:assert/strict";
import fc from "fast-check";
import { LinkedList, ListNode } from "../../src/proxy/linked_list.ts";

/** Empties the list from its front. */
function take(list: LinkedList<number>, nodes: readonly ListNode<number>[]): number[] {
  const values: number[] = [];
  while (list.first !== undefined) {
    const { first } = list;
    values.push(first);
    for (const node of nodes) if (node.value === first) list.remove(node);
  }
  assert.ok(list.isEmpty);
  return values;
}

Deno.test("LinkedList.append() takes a node out of the list that it was in", () => {
  const node = new ListNode(1);
  const [one, other] = [new LinkedList<number>(), new LinkedList<number>()];
  one.append(node);
  other.append(node);
  assert.ok(one.isEmpty);
  assert.equal(other.first, 1);
  one.remove(node);
  assert.equal(other.first, 1, "it is not the other list's to remove");
});

Deno.test("LinkedList keeps the order of an array, whatever is taken out", () => {
  const steps = fc.array(fc.record({ append: fc.boolean(), index: fc.nat({ max: 7 }) }));
  fc.assert(fc.property(steps, (all) => {
    const nodes = Array.from({ length: 8 }, (_, value) => new ListNode(value));
    const list = new LinkedList<number>();
    let model: number[] = [];
    for (const { append, index } of all) {
      const node = nodes[index];
      if (node === undefined) continue;
      model = model.filter((value) => value !== index);
      if (append) {
        list.append(node);
        model.push(index);
      } else list.remove(node);
      assert.equal(list.first, model[0]);
    }
    assert.deepEqual(take(list, nodes), model);
  }));
});
