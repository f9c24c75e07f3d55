import { type RecoveryIdType, recover, signRecoverable } from "tiny-secp256k1";
import { keccakBytes } from "../../scorer/core/hash.ts";

/** What is asked for: operation, digest, then r, s and the recovery id for a recovery */
export const JOB_BYTES = 98;
/** What comes back: whether it worked, then an address, or r, s and the recovery id */
export const RESULT_BYTES = 66;

export const RECOVER = 0;
export const SIGN = 1;

/**
 * Recovers addresses and makes signatures, one after the other.
 *
 * @param jobs - `JOB_BYTES` each
 * @param key - what to sign with, 32 bytes
 * @returns `RESULT_BYTES` each, in the same order
 */
export function doJobs(jobs: Uint8Array, key: Uint8Array): Uint8Array {
  const count = jobs.length / JOB_BYTES;
  const results = new Uint8Array(count * RESULT_BYTES);
  for (let i = 0; i < count; i++) {
    const job = jobs.subarray(i * JOB_BYTES, (i + 1) * JOB_BYTES);
    const result = results.subarray(i * RESULT_BYTES, (i + 1) * RESULT_BYTES);
    const digest = job.subarray(1, 33);
    if (job[0] === SIGN) {
      const { signature, recoveryId } = signRecoverable(digest, key);
      result[0] = 1;
      result.set(signature, 1);
      result[65] = recoveryId;
      continue;
    }
    const address = recoverAddress(digest, job.subarray(33, 97), job[97]!);
    if (address === undefined) continue;
    result[0] = 1;
    result.set(address, 1);
  }
  return results;
}

/** The address whose key made a signature; undefined for what is no signature. */
function recoverAddress(digest: Uint8Array, signature: Uint8Array, recoveryId: number): Uint8Array | undefined {
  try {
    const point = recover(digest, signature, recoveryId as RecoveryIdType, false);
    return point === null ? undefined : keccakBytes(point.subarray(1)).subarray(12);
  } catch {
    // r or s is 0 or beyond the group's order.
    return undefined;
  }
}
