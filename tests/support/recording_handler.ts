import type { FrameHandler } from "../../src/wire/http2/frame_reader.ts";

/** Writes down what a frame reader says; the parts of one DATA frame as one. */
export class RecordingHandler implements FrameHandler {
  readonly calls: string[] = [];
  #dataLeft = 0;

  onDataStart(streamId: number, flowOctets: number, paddingOctets: number): void {
    this.calls.push(`data start ${streamId} ${flowOctets} ${paddingOctets}`);
    this.#dataLeft = flowOctets - paddingOctets;
    this.calls.push(`data ${streamId} `);
  }

  onData(_streamId: number, octets: Uint8Array, end: boolean): void {
    this.#dataLeft -= octets.length;
    const call = this.calls.pop() ?? "";
    if (end && this.#dataLeft > 0) throw new Error("DATA ends before its last octet");
    this.calls.push(call + octets.toHex() + (end ? " end" : ""));
  }

  onHeaders(streamId: number, block: Uint8Array, end: boolean): void {
    this.calls.push(`headers ${streamId} ${block.toHex()}${end ? " end" : ""}`);
  }

  onReset(streamId: number, code: number): void {
    this.calls.push(`reset ${streamId} ${code}`);
  }

  onSetting(id: number, value: number): void {
    this.calls.push(`setting ${id} ${value}`);
  }

  onSettingsEnd(): void {
    this.calls.push("settings end");
  }

  onSettingsAcknowledged(): void {
    this.calls.push("settings acknowledged");
  }

  onPing(payload: Uint8Array): void {
    this.calls.push(`ping ${payload.toHex()}`);
  }

  onGoAway(lastStreamId: number, code: number): void {
    this.calls.push(`goaway ${lastStreamId} ${code}`);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.calls.push(`window update ${streamId} ${increment}`);
  }

  onIdleTalk(): void {
    this.calls.push("idle talk");
  }
}
