import { chunkCases } from "./chunk_cases.ts";
import { contentLengthCases } from "./content_length_cases.ts";
import { fieldCases } from "./field_cases.ts";
import { hopByHopCases } from "./hop_by_hop_cases.ts";
import { hostCases } from "./host_cases.ts";
import { requestLineCases } from "./request_line_cases.ts";
import type { RequestCase } from "./request_case.ts";
import { transferEncodingCases } from "./transfer_encoding_cases.ts";

/** The corpus of hostile requests. */
export const requestCases: readonly RequestCase[] = [
  ...requestLineCases,
  ...hostCases,
  ...contentLengthCases,
  ...transferEncodingCases,
  ...chunkCases,
  ...fieldCases,
  ...hopByHopCases,
];
