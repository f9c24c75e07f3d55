import { type RecoveryIdType, recover } from "tiny-secp256k1";
import { keccakBytes } from "../../scorer/index.ts";

/** What is asked for: digest, r, s, recovery id */
export const JOB_BYTES = 97;
/** What comes back: 1 and an address, or zeros */
export const RESULT_BYTES = 21;

/**
 * Recovers the addresses that signed, one after the other.
 *
 * @param jobs - `JOB_BYTES` each
 * @returns `RESULT_BYTES` each, in the same order
 */
export function recoverAll(jobs: Uint8Array): Uint8Array {
  const count = jobs.length / JOB_BYTES;
  const results = new Uint8Array(count * RESULT_BYTES);
  for (let i = 0; i < count; i++) {
    const job = jobs.subarray(i * JOB_BYTES, (i + 1) * JOB_BYTES);
    const address = recoverAddress(job.subarray(0, 32), job.subarray(32, 96), job[96]!);
    if (address === undefined) continue;
    results[i * RESULT_BYTES] = 1;
    results.set(address, i * RESULT_BYTES + 1);
  }
  return results;
}

function recoverAddress(digest: Uint8Array, signature: Uint8Array, recoveryId: number): Uint8Array | undefined {
  try {
    const point = recover(digest, signature, recoveryId as RecoveryIdType, false);
    return point === null ? undefined : keccakBytes(point.subarray(1)).subarray(12);
  } catch {
    // r or s is 0 or beyond the group's order.
    return undefined;
  }
}
