import type {
  PaymentPayload,
  PaymentRequirements,
  SettleResponse,
  SupportedResponse,
  VerifyResponse,
} from "@x402/core/types";
import type { FastifyInstance } from "fastify";
import { ClientError, type Sender, type Suite } from "../../client/index.ts";
import {
  authorizationId,
  Authorizations,
  isPayment,
  isRequirements,
  networkOf,
  readAuthorization,
  REASONS,
  type SignedAuthorization,
  X402_VERSION,
} from "./eip3009.ts";

/** What a facilitator works with. */
export interface FacilitatorOptions {
  readonly suite: Suite;
  /** Pays the gas of the transfers that it sends. */
  readonly sender: Sender;
}

/** What other servers ask about a payment. */
interface Question {
  readonly payload: PaymentPayload;
  readonly requirements: PaymentRequirements;
}

/**
 * x402's facilitator over HTTP, as a plugin of Fastify: `GET /supported`, `POST /verify`, `POST /settle`, for EIP-3009
 * authorizations over the deployment's currency. An authorization is reported as settled once, also when somebody else
 * sent it to the token first. What was sent before the facilitator began isn't reported: its predecessor may have done so.
 */
export async function facilitator(app: FastifyInstance, { suite, sender }: FacilitatorOptions): Promise<void> {
  const authorizations = new Authorizations(suite, sender);
  const network = networkOf(suite);
  const beganAt = await suite.provider.getBlockNumber();
  /** Ids that are being settled or were reported, and until when their authorizations hold, in seconds. */
  const reported = new Map<string, bigint>();

  /** As the package verifies, but an authorization that somebody else sent is fine if it wasn't reported yet. */
  const verify = async ({ payload, requirements }: Question): Promise<VerifyResponse> => {
    const verdict = await authorizations.verify(payload, requirements);
    const signed = readAuthorization(payload.payload);
    if (verdict.invalidReason !== REASONS.nonceUsed || signed === undefined) return verdict;
    const settlement = reported.has(authorizationId(signed)) ? undefined : await authorizations.settlementOf(signed);
    if (settlement === undefined || settlement.block <= beganAt) return verdict;
    return { isValid: true, payer: signed.authorization.from };
  };

  /** Claims an authorization for one settlement; false if it has had one. */
  const claim = (signed: SignedAuthorization): boolean => {
    const now = BigInt(Math.floor(Date.now() / 1_000));
    for (const [id, validBefore] of reported) if (validBefore < now) reported.delete(id);
    const id = authorizationId(signed);
    if (reported.has(id)) return false;
    reported.set(id, BigInt(signed.authorization.validBefore));
    return true;
  };

  const settle = async ({ payload, requirements }: Question): Promise<SettleResponse> => {
    const refuse = (errorReason: string, payer?: string): SettleResponse => ({
      success: false,
      errorReason,
      transaction: "",
      network,
      ...(payer === undefined ? {} : { payer }),
    });
    const { isValid, invalidReason = REASONS.malformed, payer } = await verify({ payload, requirements });
    const signed = readAuthorization(payload.payload);
    if (!isValid || signed === undefined) return refuse(invalidReason, payer);
    if (!claim(signed)) return refuse(REASONS.nonceUsed, payer);
    try {
      const { transaction } = await authorizations.settle(signed);
      return { success: true, transaction, network, payer: signed.authorization.from };
    } catch (error) {
      reported.delete(authorizationId(signed));
      if (!(error instanceof ClientError) || error.code !== "reverted") throw error;
      return refuse(REASONS.failed, payer);
    }
  };

  app.get("/supported", (): SupportedResponse => ({
    kinds: [{ x402Version: X402_VERSION, scheme: "exact", network }],
    extensions: [],
    signers: { "eip155:*": [authorizations.relayer] },
  }));
  app.post("/verify", async ({ body }): Promise<VerifyResponse> => {
    const question = readQuestion(body);
    return question === undefined ? { isValid: false, invalidReason: REASONS.malformed } : verify(question);
  });
  app.post("/settle", async ({ body }): Promise<SettleResponse> => {
    const question = readQuestion(body);
    if (question !== undefined) return settle(question);
    return { success: false, errorReason: REASONS.malformed, transaction: "", network };
  });
}

function readQuestion(body: unknown): Question | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { paymentPayload, paymentRequirements } = body as Record<string, unknown>;
  if (!isPayment(paymentPayload) || !isRequirements(paymentRequirements)) return undefined;
  return { payload: paymentPayload, requirements: paymentRequirements };
}
