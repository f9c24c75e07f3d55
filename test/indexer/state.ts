import { expect } from "chai";
import { ZeroAddress, ZeroHash } from "ethers";
import type { SqliteStore } from "../../services/indexer/index.ts";
import { submissionOf } from "../support/contributions.ts";
import type { Suite } from "../support/suite.ts";

const CONTRIBUTION_STATES = ["none", "pending", "accepted", "rejected", "withdrawn"];
const INDEX_STATES = ["none", "committed", "rejected", "active"];
const SETTLEMENT_STATES = ["open", "proposed", "final", "proRata"];

/** Compares all that an index holds with what the contracts say, field by field; keys come from the chain's own logs. */
export async function expectSameState(suite: Suite, store: SqliteStore): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const compare = (what: string, held: readonly unknown[], chain: readonly unknown[]): void => {
    counts[what] = chain.length;
    expect(held, what).to.deep.equal(chain);
  };
  const { datasets, models, ledger, market, vault, indexes, usage, attribution, challenges, payouts } = suite;
  const rows = (sql: string): Record<string, unknown>[] =>
    store.all(sql).map((row) => Object.fromEntries(Object.entries(row)));

  const datasetIds = ids(await datasets.datasetCount());
  compare(
    "datasets",
    rows(
      "SELECT id, owner, metadataDigest, modality, curation, training, streamBps, proRataBps, rowCap, deposit, versions FROM datasets ORDER BY id",
    ),
    await Promise.all(
      datasetIds.map(async (id) => {
        const terms = await datasets.termsOf(id);
        const uri = await datasets.tokenURI(id);
        const versions = await datasets.queryFilter(datasets.filters.VersionFrozen(id));
        return {
          id,
          owner: await datasets.ownerOf(id),
          metadataDigest: digestOf(uri),
          modality: Number(terms.modality),
          curation: Number(terms.curation),
          training: Number(terms.training),
          streamBps: Number(terms.streamBps),
          proRataBps: Number(terms.proRataBps),
          rowCap: Number(terms.rowCap),
          deposit: String(terms.deposit),
          versions: versions.length,
        };
      }),
    ),
  );
  const frozen = await datasets.queryFilter(datasets.filters.VersionFrozen());
  compare(
    "versions",
    rows("SELECT * FROM versions ORDER BY dataset, version"),
    sorted(
      await Promise.all(
        frozen.map(async ({ args: { dataset, version } }) => {
          const held = await datasets.versionAt(dataset, version);
          return {
            dataset: Number(dataset),
            version: Number(version),
            contributions: Number(held.contributions),
            rows: Number(held.rows),
            frozenAt: Number(held.frozenAt),
          };
        }),
      ),
      "dataset",
      "version",
    ),
  );
  const submitted = await datasets.queryFilter(datasets.filters.ContributionSubmitted());
  compare(
    "contributions",
    rows(
      "SELECT dataset, contributor, root, rows, uri, status, submittedAt, position, counted, retiredFrom, opened, deposit FROM contributions ORDER BY id",
    ),
    await Promise.all(
      submitted.map(async ({ args: { dataset, contributor, root, uri } }) => {
        const held = await submissionOf(suite, dataset, contributor, root);
        const accepted = held.status === 2n;
        const at = accepted ? await datasets.contributionAt(dataset, held.position) : undefined;
        if (at !== undefined) expect(at.contributor).to.equal(contributor);
        return {
          dataset: Number(dataset),
          contributor,
          root,
          rows: Number(held.rows),
          uri,
          status: CONTRIBUTION_STATES[Number(held.status)],
          submittedAt: Number(held.submittedAt),
          position: accepted ? Number(held.position) : null,
          counted: at === undefined ? null : Number(at.rows),
          retiredFrom: at === undefined || at.retiredFrom === 0n ? null : Number(at.retiredFrom),
          opened: Number(held.opened),
          deposit: String(held.deposit),
        };
      }),
    ),
  );
  const curators = await datasets.queryFilter(datasets.filters.CuratorSet());
  for (const { dataset, owner, curator, appointed } of rows("SELECT * FROM curators")) {
    const held = await datasets.isAppointedBy(Number(dataset), String(owner), String(curator));
    expect(Number(held), "curator").to.equal(appointed);
  }
  const trainers = await datasets.queryFilter(datasets.filters.TrainerApproved());
  for (const { args } of trainers) {
    const held = await datasets.isApprovedTrainer(args.dataset, args.trainer);
    const [row] = store.all(
      "SELECT approved FROM trainers WHERE dataset = ? AND trainer = ?",
      Number(args.dataset),
      args.trainer,
    );
    expect(row?.approved, "trainer").to.equal(Number(held));
  }
  [counts.curators, counts.trainers] = [curators.length, trainers.length];
  const nonces = [
    ...(await datasets.queryFilter(datasets.filters.NonceSpent())).map(({ args }) => [
      args.contributor,
      args.nonce >> 8n,
    ]),
    ...(await datasets.queryFilter(datasets.filters.NoncesCancelled())).map(({ args }) => [
      args.contributor,
      args.word,
    ]),
  ] as [string, bigint][];
  for (const [contributor, word] of nonces) {
    const [row] = store.all("SELECT bits FROM nonces WHERE contributor = ? AND word = ?", contributor, String(word));
    expect(row?.bits, "nonces").to.equal(String(await datasets.noncesUsed(contributor, word)));
  }
  counts.nonces = nonces.length;

  const modelIds = ids(await models.modelCount());
  const or = <T>(value: T, nothing: T): T | null => (value === nothing ? null : value);
  compare(
    "models",
    rows(
      "SELECT id, owner, kind, operator, payout, developerBps, childKinds, childBps, artifactDigest, supersededBy, parents, streams, price, lanes, basisDigest, methodDigest FROM models ORDER BY id",
    ),
    await Promise.all(
      modelIds.map(async (id) => {
        const held = await models.modelOf(id);
        const basis = await indexes.basisOf(id);
        const price = await market.priceOf(id);
        return {
          id,
          owner: await models.ownerOf(id),
          kind: Number(held.kind),
          operator: held.operator,
          payout: await models.payoutOf(id),
          developerBps: Number(held.developerBps),
          childKinds: Number(held.children.kinds),
          childBps: Number(held.children.leastBps),
          artifactDigest: held.artifactDigest,
          supersededBy: or(Number(await models.supersededBy(id)), 0),
          parents: Number(held.parents),
          streams: Number(held.streams),
          price: price === 0n ? null : String(price),
          lanes: or(Number(basis.lanes), 0),
          basisDigest: or(basis.basisDigest, ZeroHash),
          methodDigest: or(basis.methodDigest, ZeroHash),
        };
      }),
    ),
  );
  compare(
    "incomes",
    rows("SELECT model, gross, fees, royalties, dividedGross, dividedRoyalties FROM incomes ORDER BY model"),
    await Promise.all(
      modelIds.map(async (model) => {
        const held = await ledger.incomeOf(model);
        return {
          model,
          gross: String(held.gross),
          fees: String((await ledger.countersOf(model)).fees),
          royalties: String(held.royalties),
          dividedGross: String(held.dividedGross),
          dividedRoyalties: String(held.dividedRoyalties),
        };
      }),
    ),
  );
  compare(
    "parents",
    rows("SELECT * FROM parents ORDER BY model, place"),
    (
      await Promise.all(
        modelIds.map(async (model) =>
          (await models.splitOf(model)).parents.map(({ model: parent, shareBps }, place) => ({
            model,
            place,
            parent: Number(parent),
            shareBps: Number(shareBps),
          })),
        ),
      )
    ).flat(),
  );
  const streamIds: number[] = [];
  for (const model of modelIds) {
    const { streams } = await models.modelOf(model);
    for (let slot = 0; slot < Number(streams); slot++) streamIds.push(model * 256 + slot);
  }
  compare(
    "streams",
    rows("SELECT id, dataset, version, shareBps, proRataBps, fallbackPools FROM streams ORDER BY id"),
    await Promise.all(
      streamIds.map(async (id) => {
        const held = await payouts.accountOf(id);
        return {
          id,
          dataset: Number(held.dataset),
          version: Number(held.version),
          shareBps: Number(held.shareBps),
          proRataBps: Number(held.proRataBps),
          fallbackPools: String(held.fallbackPools),
        };
      }),
    ),
  );
  const held = await Promise.all(streamIds.map(async (stream) => ({ stream, index: await indexes.indexOf(stream) })));
  compare(
    "indexes",
    rows("SELECT stream, root, exponentBound, status, committedAt, activeFrom, openDemands, commitment FROM indexes"),
    held
      .filter(({ index }) => index.commitment !== 0n)
      .map(({ stream, index }) => ({
        stream,
        root: index.root,
        exponentBound: Number(index.exponentBound),
        status: INDEX_STATES[Number(index.status)],
        committedAt: Number(index.committedAt),
        activeFrom: String(index.activeFrom),
        openDemands: Number(index.openDemands),
        commitment: Number(index.commitment),
      })),
  );
  const demanded = await indexes.queryFilter(indexes.filters.RowDemanded());
  for (const { args } of demanded) {
    const demand = await indexes.demandOf(args.stream, args.commitment, args.row);
    const [row] = store.all(
      "SELECT demandedBy, deadline, state FROM demands WHERE stream = ? AND commitment = ? AND row = ?",
      Number(args.stream),
      Number(args.commitment),
      Number(args.row),
    );
    if (demand.by === ZeroAddress) expect(row?.state).to.equal("released");
    else
      expect([row?.demandedBy, row?.deadline, row?.state === "shown"]).to.deep.equal([
        demand.by,
        Number(demand.deadline),
        demand.shown,
      ]);
  }
  counts.demands = demanded.length;

  const prepaid = await market.queryFilter(market.filters.Prepaid());
  const channels = unique(prepaid.map(({ args }) => [Number(args.model), args.payer] as const));
  compare(
    "channels",
    sorted(rows("SELECT * FROM channels"), "model", "payer"),
    sorted(
      await Promise.all(
        channels.map(async ([model, payer]) => {
          const { balance, spent, leavesAt } = await market.channelOf(payer, model);
          return { model, payer, balance: String(balance), spent: String(spent), leavesAt: Number(leavesAt) };
        }),
      ),
      "model",
      "payer",
    ),
  );
  const bonded = [
    ...(await vault.queryFilter(vault.filters.Deposited())).map(({ args }) => [args.controller, args.account] as const),
    ...(await vault.queryFilter(vault.filters.Slashed())).map(({ args }) => [args.controller, args.to] as const),
  ];
  compare(
    "bonds",
    sorted(rows("SELECT * FROM bonds"), "controller", "account"),
    sorted(
      await Promise.all(
        unique(bonded).map(async ([controller, account]) => {
          const { free, locked, leaving, leavesAt } = await vault.bondOf(controller, account);
          return {
            controller,
            account,
            free: String(free),
            locked: String(locked),
            leaving: String(leaving),
            leavesAt: Number(leavesAt),
          };
        }),
      ),
      "controller",
      "account",
    ),
  );
  const accounts = rows("SELECT account, balance, recipient FROM accounts ORDER BY account");
  compare(
    "accounts",
    accounts,
    await Promise.all(
      accounts.map(async ({ account }) => ({
        account,
        balance: String(await ledger.balanceOf(String(account))),
        recipient: or(await payouts.recipientOf(String(account)), ZeroAddress),
      })),
    ),
  );
  const payees = [
    ...(await ledger.queryFilter(ledger.filters.DeveloperPaid())).map(({ args }) => args.payee),
    ...(await ledger.queryFilter(ledger.filters.ScorerPaid())).map(({ args }) => args.scorer),
  ];
  expect(accounts.map(({ account }) => account)).to.include.members(payees);

  const pieces: Record<string, unknown>[] = [];
  const settlements: Record<string, unknown>[] = [];
  for (const model of modelIds) {
    const { intervals } = await usage.headOf(model);
    for (let interval = 0; interval < Number(intervals); interval++) {
      const piece = await usage.intervalAt(model, interval);
      pieces.push({
        model,
        interval,
        fromFees: String(piece.from),
        toFees: String(piece.to),
        cutAt: Number(piece.cutAt),
        reportHash: or(await usage.reportHashOf(model, interval), ZeroHash),
      });
      for (const stream of streamIds.filter((id) => Math.floor(id / 256) === model)) {
        const now = await attribution.settlementOf(stream, interval);
        settlements.push({
          stream,
          interval,
          status: SETTLEMENT_STATES[Number(now.status)],
          voids: Number(now.voids),
          openChallenges: Number(now.openChallenges),
          statementId: now.statementId,
          deadline: Number(now.deadline),
        });
      }
    }
  }
  compare(
    "intervals",
    rows("SELECT model, interval, fromFees, toFees, cutAt, reportHash FROM intervals ORDER BY model, interval"),
    pieces,
  );
  const fallbackTime = Number(await attribution.FALLBACK_TIME());
  const settled = rows(
    "SELECT s.id AS stream, i.interval, coalesce(t.status, 'open') AS status, coalesce(t.voids, 0) AS voids, coalesce(t.openChallenges, 0) AS openChallenges, t.statementHash, t.deadline, i.cutAt FROM intervals i JOIN streams s ON s.model = i.model LEFT JOIN settlements t ON t.stream = s.id AND t.interval = i.interval",
  ).map(({ cutAt, statementHash, deadline, ...row }) => ({
    ...row,
    statementId: row.status === "proposed" ? String(statementHash).slice(0, 60) : ZeroHash.slice(0, 60),
    deadline: deadline ?? Number(cutAt) + fallbackTime,
  }));
  compare("settlements", sorted(settled, "stream", "interval"), sorted(settlements, "stream", "interval"));

  const proposed = await attribution.queryFilter(attribution.filters.StatementProposed());
  compare(
    "statements",
    rows(
      "SELECT hash, scorer, root, total, pool, bond, shownUntil, state = 'final' AS final FROM statements ORDER BY id",
    ),
    await Promise.all(
      proposed.map(async ({ args }) => {
        const { payout, scorer, bond, attempt } = args.statement;
        const now = await attribution.settlementOf(args.stream, args.interval);
        return {
          hash: args.statementHash,
          scorer,
          root: payout.root,
          total: String(payout.total),
          pool: String(payout.pool),
          bond: String(bond),
          shownUntil: Number(await challenges.shownUntilOf(args.statementHash)),
          final: Number(now.status === 2n && now.voids === attempt),
        };
      }),
    ),
  );
  for (const row of rows(
    "SELECT s.hash, s.state, s.payoutHash, p.hash AS payout FROM statements s LEFT JOIN payouts p ON p.statementHash = s.hash",
  )) {
    expect(row.payout, "payout of a statement").to.equal(row.state === "final" ? row.payoutHash : null);
    if (row.state === "final") expect(await payouts.isFinal(String(row.payoutHash))).to.equal(true);
  }
  const challenged = await challenges.queryFilter(challenges.filters.NodeChallenged());
  compare(
    "challenges",
    rows(
      "SELECT statementHash, level, position, model, challenger, deadline, begunAt, parentLevel, turns, answeredBy, n.shownUntil FROM nodes n ORDER BY n.id",
    ),
    await Promise.all(
      challenged.map(async ({ args: { statementHash, level, position } }) => {
        const { statement } = proposed.find(({ args }) => args.statementHash === statementHash)!.args;
        const depth = Math.ceil(Math.log2(Number(statement.payout.lines)));
        const [node, answer] = await challenges.nodeOf(statementHash, 2n ** (BigInt(depth) - level) + position);
        return {
          statementHash,
          level: Number(level),
          position: Number(position),
          model: Number(statement.payout.stream >> 8n),
          challenger: node.challenger,
          deadline: Number(node.deadline),
          begunAt: Number(node.begunAt),
          parentLevel: Number(node.parentLevel),
          turns: Number(node.turns),
          answeredBy: or(answer.by, ZeroAddress),
          shownUntil: Number(answer.shownUntil),
        };
      }),
    ),
  );
  const proRata = await payouts.queryFilter(payouts.filters.ProRataClaimed());
  for (const [stream, line] of unique(proRata.map(({ args }) => [Number(args.stream), Number(args.index)] as const))) {
    const [row] = store.all("SELECT claimed FROM proRata WHERE stream = ? AND line = ?", stream, line);
    expect(row?.claimed, "claimed pro-rata").to.equal(String(await payouts.proRataClaimed(stream, line)));
  }
  const lines = await payouts.queryFilter(payouts.filters.LineClaimed());
  compare(
    "claims",
    rows("SELECT payoutHash, line, contributor, amount FROM claims WHERE kind = 'line' ORDER BY id"),
    lines.map(({ args }) => ({
      payoutHash: args.payoutHash,
      line: Number(args.index),
      contributor: args.contributor,
      amount: String(args.amount),
    })),
  );
  counts.proRata = proRata.length;
  return counts;
}

function ids(count: bigint): number[] {
  return Array.from({ length: Number(count) }, (_, i) => i + 1);
}

function unique<T extends readonly unknown[]>(list: readonly T[]): T[] {
  return [...new Map(list.map((each) => [each.join(" "), each])).values()];
}

function sorted<T extends Record<string, unknown>>(list: readonly T[], ...by: readonly string[]): T[] {
  const compare = (a: unknown, b: unknown): number =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
  return [...list].sort((a, b) => {
    for (const name of by) {
      const order = compare(a[name], b[name]);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** The sha-256 in an `ipfs://` address: a CIDv1 in hexadecimal ends with it. */
function digestOf(uri: string): string {
  return `0x${uri.slice(-64)}`;
}
