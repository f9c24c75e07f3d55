import { modelOfStream, streamIdOf, type Suite } from "../client/index.ts";
import type { JsonObject } from "./command.ts";
import { type Records, rowsOf } from "./records.ts";
import { MODEL_KINDS, wordOf } from "./words.ts";

const TRIBUTARY = "urn:tributary:";
const PROV = "http://www.w3.org/ns/prov#";
const XSD = "http://www.w3.org/2001/XMLSchema#";

/** Statements of one kind, by their identifiers. */
type Section = Record<string, JsonObject>;

/**
 * Lineage and payments of a deployment as PROV-JSON (W3C member submission of 2013-04-24, of PROV-DM): contributions,
 * dataset versions, models and statements are entities, wallets are agents, payments, statements' scoring and claims are
 * activities.
 */
export async function provenanceOf(suite: Suite, records: Records): Promise<JsonObject> {
  const builder = new Builder(`${TRIBUTARY}${suite.book.chainId}:${suite.book.contracts.ledger}:`);
  addContributions(builder, records);
  await addVersions(builder, suite);
  await addModels(builder, suite);
  addPayments(builder, records);
  addStatements(builder, records);
  addClaims(builder, records);
  return builder.document();
}

/** Collects entities, agents, activities and what relates them. */
class Builder {
  readonly #prefix: string;
  readonly #sections: Record<string, Section> = { entity: {}, agent: {}, activity: {} };
  #relations = 0;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  entity(name: string, type: string, attributes: JsonObject = {}): void {
    this.#put("entity", `t:${name}`, { "prov:type": qualified(`t:${type}`), ...attributes });
  }

  activity(name: string, type: string, time: bigint | string | null, attributes: JsonObject = {}): void {
    const at = new Date(1_000 * Number(time)).toISOString();
    const times = { "prov:startTime": at, "prov:endTime": at };
    this.#put("activity", `t:${name}`, { ...times, "prov:type": qualified(`t:${type}`), ...attributes });
  }

  /** @returns the identifier of a wallet */
  wallet(address: string): string {
    this.#put("agent", `t:wallet/${address}`, { "prov:type": qualified("prov:Agent") });
    return `wallet/${address}`;
  }

  /** Relates two members, as `wasDerivedFrom` with the roles of PROV-JSON. */
  relate(relation: string, roles: Readonly<Record<string, string>>, attributes: JsonObject = {}): void {
    const named = Object.entries(roles).map(([role, name]) => [`prov:${role}`, `t:${name}`]);
    this.#put(relation, `_:r${(this.#relations += 1)}`, { ...Object.fromEntries(named), ...attributes } as JsonObject);
  }

  document(): JsonObject {
    return { prefix: { t: this.#prefix, prov: PROV, xsd: XSD }, ...this.#sections };
  }

  #put(section: string, name: string, attributes: JsonObject): void {
    (this.#sections[section] ??= {})[name] = attributes;
  }
}

function qualified(name: string): JsonObject {
  return { $: name, type: "prov:QUALIFIED_NAME" };
}

function integer(value: bigint | string | null): JsonObject {
  return { $: String(value ?? 0n), type: "xsd:integer" };
}

const contributionName = (dataset: unknown, place: unknown): string =>
  `contribution/${String(dataset)}/${String(place)}`;
const versionName = (dataset: bigint, version: bigint): string => `dataset/${dataset}@${version}`;
const modelName = (model: unknown): string => `model/${String(model)}`;
const statementName = (hash: unknown): string => `statement/${String(hash)}`;

function addContributions(builder: Builder, { contributions }: Records): void {
  for (const { dataset, place, contributor, root, rows, status } of rowsOf(contributions)) {
    if (status !== "accepted" || place === null) continue;
    const entity = contributionName(dataset, place);
    builder.entity(entity, "Contribution", { "t:root": String(root), "t:rows": integer(rows ?? null) });
    builder.relate("wasAttributedTo", { entity, agent: builder.wallet(String(contributor)) });
  }
}

async function addVersions(builder: Builder, { datasets, book }: Suite): Promise<void> {
  const frozen = await datasets.queryFilter(datasets.filters.VersionFrozen(), book.fromBlock);
  for (const { args } of frozen) {
    const { dataset, version, contributions, rows } = args;
    const collection = versionName(dataset, version);
    builder.entity(collection, "DatasetVersion", { "t:rows": integer(rows) });
    builder.relate("wasAttributedTo", { entity: collection, agent: builder.wallet(await datasets.ownerOf(dataset)) });
    const counted = await Promise.all(
      Array.from({ length: Number(contributions) }, (_, place) => datasets.entitledAt(dataset, place, version)),
    );
    for (const [place, credit] of counted.entries()) {
      if (credit.rows > 0n) builder.relate("hadMember", { collection, entity: contributionName(dataset, place) });
    }
  }
}

async function addModels(builder: Builder, { models }: Suite): Promise<void> {
  const count = Number(await models.modelCount());
  for (let model = 1n; model <= count; model++) {
    const [registered, owner, split, streams] = await Promise.all([
      models.modelOf(model),
      models.ownerOf(model),
      models.splitOf(model),
      models.streamsOf(model),
    ]);
    const generatedEntity = modelName(model);
    builder.entity(generatedEntity, "Model", {
      "t:kind": wordOf(MODEL_KINDS, registered.kind),
      "t:artifactDigest": registered.artifactDigest,
    });
    builder.relate("wasAttributedTo", { entity: generatedEntity, agent: builder.wallet(owner) });
    for (const { model: parent, shareBps } of split.parents) {
      builder.relate(
        "wasDerivedFrom",
        { generatedEntity, usedEntity: modelName(parent) },
        { "t:shareBps": integer(shareBps) },
      );
    }
    for (const [slot, { dataset, version, shareBps }] of streams.entries()) {
      builder.relate(
        "wasDerivedFrom",
        { generatedEntity, usedEntity: versionName(dataset, version) },
        { "t:shareBps": integer(shareBps), "t:stream": integer(streamIdOf(model, slot)) },
      );
    }
  }
}

function addPayments(builder: Builder, { payments }: Records): void {
  for (const { transaction, logIndex, time, kind, model, payer, amount } of rowsOf(payments)) {
    const activity = `payment/${String(transaction)}/${String(logIndex)}`;
    const attributes = { "t:kind": String(kind), "t:amount": integer(amount ?? null) };
    builder.activity(activity, "Payment", time ?? null, attributes);
    builder.relate("used", { activity, entity: modelName(model) });
    if (typeof payer === "string") builder.relate("wasAssociatedWith", { activity, agent: builder.wallet(payer) });
  }
}

function addStatements(builder: Builder, { statements }: Records): void {
  for (const { statement, stream, interval, state, scorer, root, pool, time } of rowsOf(statements)) {
    const entity = statementName(statement);
    const activity = `scoring/${String(statement)}`;
    builder.entity(entity, "Statement", {
      ...{ "t:stream": integer(stream ?? null), "t:interval": integer(interval ?? null), "t:root": String(root) },
      ...{ "t:state": String(state), "t:pool": integer(pool ?? null) },
    });
    builder.activity(activity, "Scoring", time ?? null);
    builder.relate("wasGeneratedBy", { entity, activity });
    builder.relate("wasAssociatedWith", { activity, agent: builder.wallet(String(scorer)) });
    builder.relate("used", { activity, entity: modelName(modelOfStream(stream as bigint)) });
  }
}

function addClaims(builder: Builder, { claims, statements }: Records): void {
  const finals = new Map(
    rowsOf(statements)
      .filter(({ state }) => state === "final")
      .map(({ stream, interval, statement }) => [`${String(stream)}/${String(interval)}`, statement]),
  );
  for (const { transaction, logIndex, time, kind, stream, interval, contributor, amount } of rowsOf(claims)) {
    const activity = `claim/${String(transaction)}/${String(logIndex)}`;
    const attributes = {
      "t:kind": String(kind),
      "t:stream": integer(stream ?? null),
      "t:amount": integer(amount ?? null),
    };
    builder.activity(activity, "Claim", time ?? null, attributes);
    builder.relate("wasAssociatedWith", { activity, agent: builder.wallet(String(contributor)) });
    const statement = finals.get(`${String(stream)}/${String(interval)}`);
    if (kind === "influence" && statement !== undefined) {
      builder.relate("used", { activity, entity: statementName(statement) });
    }
  }
}
