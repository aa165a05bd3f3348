import { type TrafficSecond, TrafficTally } from "../observe/traffic_second.ts";

/** What is read of a line of the audit log. */
interface Line {
  readonly time: string;
  readonly kind: "exchange" | "tunnel" | "alarm";
  readonly rule?: string;
  readonly agent?: string;
  readonly decision?: string;
  readonly decrypted?: boolean;
  readonly ms?: {
    readonly total?: number;
    readonly connect?: number;
    readonly first_byte?: number;
  };
}

/** Adds up lines of the audit log by the second in which what they tell of ended, in its order. */
export function pastSeconds(lines: readonly string[]): TrafficSecond[] {
  const tallies = new Map<number, TrafficTally>();
  for (const text of lines) {
    const { time, ms, ...line }: Line = JSON.parse(text);
    const second = Math.floor((Date.parse(time) + (ms?.total ?? 0)) / 1000);
    const tally = tallies.get(second) ?? new TrafficTally();
    tallies.set(second, tally);
    tally.add({ ...line, connect: ms?.connect, firstByte: ms?.first_byte });
  }
  return [...tallies].sort(([a], [b]) => a - b).map(([second, tally]) => tally.take(second));
}

/** Those lines that tell of a request, a refusal or an alarm: a tunnel whose requests are seen does not. */
export function recentRecords(lines: readonly string[]): string[] {
  return lines.filter((text) => {
    const { decrypted, decision }: Line = JSON.parse(text);
    return !(decrypted === true && decision === "allow");
  });
}
