import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { id, JsonRpcProvider, Wallet, ZeroAddress } from "ethers";
import {
  type AddressBook,
  checkClaim,
  checkStatementFile,
  claimOf,
  ClientError,
  type ClientErrorCode,
  connectSuite,
  decodeRevert,
  explainError,
  linesOf,
  parseAddressBook,
  payoutHash,
  readBooks,
  readMembers,
  readStatement,
  readStatements,
  readUsageReport,
  recompute,
  ROLES,
  Sender,
  shortSumProof,
  statedIndex,
  statementHash,
  type Suite as ClientSuite,
  suiteAt,
} from "../../client/index.ts";
import {
  buildIndex,
  decodeClaim,
  encodeClaim,
  encodeIndex,
  type Hex,
  indexTree,
  matrix,
  ScorerError,
  type Statement,
} from "../../scorer/index.ts";
import { computeStatement } from "../../services/scorer.ts";
import { inspect } from "../../services/watchtower.ts";
import { buildWorld, DAY, DOLLAR, type World } from "../support/attributionWorld.ts";
import { bookOf, deploySuite } from "../support/suite.ts";

const COUNTS = [5, 3, 2];
const index = buildIndex(
  matrix(
    3,
    16,
    Float64Array.from({ length: 48 }, (_, i) => ((i * 37) % 23) - 9 + i / 7),
  ),
  COUNTS,
);
const indexFile = encodeIndex(index);
const committed = { index, tree: indexTree(index) };
const rows = COUNTS.map((_, i) => ({
  exponent: index.exponents[i] ?? 0,
  lanes: [...index.lanes.subarray(16 * i, 16 * (i + 1))],
}));
const q = [900, -30, 40, 0, 0, 0, 700, 0, 12, 0, -8, 0, 0, 65, 0, 2];

async function expectCode(promise: Promise<unknown>, code: ClientErrorCode, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(ClientError);
  if (!(error instanceof ClientError)) return;
  expect(error.code).to.equal(code);
  expect(error.message).to.match(message);
}

describe("client", () => {
  let world: World;
  let book: AddressBook;
  let suite: ClientSuite;

  beforeEach(async () => {
    world = await buildWorld(await deploySuite(), { rowCounts: COUNTS, rows, q, exponentBound: index.exponentBound });
    book = await bookOf(world);
    suite = suiteAt(book, world.ethers.provider);
  });

  async function closeFirstInterval(): Promise<void> {
    await world.activate();
    await world.pay(10_000n * DOLLAR + 3n);
    await world.usage.cut(world.model);
    await world.report(0);
  }

  async function proposed(weights?: readonly bigint[]) {
    await closeFirstInterval();
    const proposal = await world.propose(weights === undefined ? {} : { weights });
    const found = await readStatement(suite, world.stream, 0);
    const pool = BigInt(found.statement.payout.pool);
    const honest = await computeStatement(suite, world.stream, 0, committed, pool);
    return { proposal, found, honest };
  }

  describe("address book", () => {
    it("reads what a deployment writes", () => {
      expect(parseAddressBook(JSON.stringify(book))).to.deep.equal(book);
    });

    for (const [what, text, message] of [
      ["what isn't JSON", "{", /not JSON/],
      ["a book without a chain id", "{}", /no chainId/],
      [
        "a book without a contract",
        JSON.stringify({ chainId: 1, fromBlock: 0, contracts: {} }),
        /no address for "currency"/,
      ],
    ] as const) {
      it(`refuses ${what}`, () => {
        expect(() => parseAddressBook(text)).to.throw(ClientError, message);
      });
    }

    it("refuses a book that lacks any one contract, by its role", () => {
      for (const role of ROLES) {
        const contracts = { ...book.contracts, [role]: undefined };
        const text = JSON.stringify({ ...book, contracts });
        expect(() => parseAddressBook(text)).to.throw(ClientError, `no address for "${role}"`);
      }
    });
  });

  describe("connecting", () => {
    it("gives handles on a deployment that is there", async () => {
      expect((await connectSuite(book, world.ethers.provider)).book).to.equal(book);
    });

    it("refuses another chain than the address book's", async () => {
      await expectCode(connectSuite({ ...book, chainId: 10 }, world.ethers.provider), "wrong-chain", /31337.*chain 10/);
    });

    it("refuses an address without code, whichever it is", async () => {
      for (const role of ROLES) {
        const contracts = { ...book.contracts, [role]: Wallet.createRandom().address };
        const connecting = connectSuite({ ...book, contracts }, world.ethers.provider);
        await expectCode(connecting, "no-deployment", new RegExp(`"${role}"`));
      }
    });

    it("gives the challenge registry that the attribution registry names", async () => {
      expect(await suite.attribution.CHALLENGES()).to.equal(book.contracts.challenges);
      expect(await suite.challenges.ATTRIBUTION()).to.equal(book.contracts.attribution);
    });
  });

  describe("transactions", () => {
    it("decode a custom error with its arguments", async () => {
      const wallet = await funded();
      const call = suite.datasets.freeze.populateTransaction(world.dataset);
      const error: unknown = await wallet.send("freezing", call).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(ClientError);
      if (!(error instanceof ClientError)) return;
      expect(error.revert).to.deep.equal({
        name: "NotDatasetOwner",
        args: { dataset: String(world.dataset), caller: wallet.address },
      });
      expect(error.message).to.equal(
        `freezing was refused: NotDatasetOwner(dataset = ${world.dataset}, caller = ${wallet.address})`,
      );
    });

    it("decode errors of the registries of challenges and indexes", async () => {
      const wallet = await funded();
      const { found } = await proposed();
      const revertOf = async (call: Parameters<Sender["send"]>[1]) => {
        const error: unknown = await wallet.send("calling", call).catch((thrown: unknown) => thrown);
        return error instanceof ClientError ? error.revert : error;
      };
      expect(await revertOf(suite.challenges.callSilence.populateTransaction(found.statement, 1, 0))).to.deep.equal({
        name: "ChallengeNotFound",
        args: { level: "1", position: "0" },
      });
      expect(await revertOf(suite.indexes.demandRow.populateTransaction(world.stream, 0))).to.deep.equal({
        name: "WrongIndexStatus",
        args: { stream: String(world.stream), status: "3" },
      });
    });

    it("decode the error of a transaction that failed after it was mined", async () => {
      const wallet = await funded();
      const call = suite.datasets.freeze.populateTransaction(world.dataset);
      await expectCode(wallet.send("freezing", call, 200_000n), "reverted", /NotDatasetOwner/);
    });

    it("say that a wallet has no funds", async () => {
      const poor = new Sender(new Wallet(id("poor")), world.ethers.provider);
      const call = suite.payouts.setRecipient.populateTransaction(ZeroAddress);
      await expectCode(poor.send("choosing a recipient", call), "no-funds", /no funds for gas/);
    });

    it("go on counting nonces after one that was refused", async () => {
      const wallet = await funded();
      await wallet.send("one", suite.payouts.setRecipient.populateTransaction(ZeroAddress));
      await wallet.send("two", suite.datasets.freeze.populateTransaction(world.dataset)).catch(() => undefined);
      const receipt = await wallet.send("three", suite.payouts.setRecipient.populateTransaction(wallet.address));
      expect(receipt.status).to.equal(1);
      expect(await suite.payouts.recipientOf(wallet.address)).to.equal(wallet.address);
    });

    async function funded(): Promise<Sender> {
      const wallet = new Wallet(id("funded"));
      await world.owner.sendTransaction({ to: wallet.address, value: 10n ** 18n });
      return new Sender(wallet, world.ethers.provider);
    }
  });

  describe("errors", () => {
    it("knows no foreign revert data", () => {
      expect(decodeRevert("0xdeadbeef")).to.equal(undefined);
    });

    it("explains a node that can't be reached", () => {
      const error = explainError(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "asking");
      expect(error).to.be.instanceOf(ClientError).with.property("code", "network");
    });

    it("says so when revert data is of another suite", () => {
      const error = explainError(Object.assign(new Error("revert"), { data: "0xdeadbeef" }), "asking");
      expect(error).to.be.instanceOf(ClientError).with.property("code", "reverted");
    });

    it("tells a call that failed from a node that failed", async () => {
      const answers = {
        reverted: [
          { code: 3, message: "execution reverted" },
          { code: -32_000, message: "execution reverted" },
          { code: -32_000, message: "out of gas" },
          { code: -32_015, message: "VM execution error." },
          { code: 3, message: "execution reverted", data: "0x" },
          { code: 3, message: "limit exceeded", data: "0xdeadbeef" },
        ],
        network: [
          { code: -32_005, message: "limit exceeded" },
          { code: -32_603, message: "internal error" },
          { code: -32_000, message: "header not found" },
          { code: -32_000, message: "missing trie node" },
        ],
      };
      const { url, close, say } = await answering();
      const provider = new JsonRpcProvider(url, 1, { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 });
      const questions = {
        call: () => provider.call({ to: ZeroAddress }),
        estimate: () => provider.estimateGas({ to: ZeroAddress, from: ZeroAddress }),
      };
      const explained = async (ask: () => Promise<unknown>): Promise<unknown> =>
        explainError(await ask().catch((thrown: unknown) => thrown), "asking");
      try {
        for (const [code, errors] of Object.entries(answers)) {
          for (const error of errors) {
            say({ error });
            for (const [name, ask] of Object.entries(questions)) {
              const said = `${name}: ${JSON.stringify(error)}`;
              expect(await explained(ask), said)
                .to.be.instanceOf(ClientError)
                .with.property("code", code);
            }
          }
        }
        for (const answer of [{ error: answers.network[0] }, "no JSON", { result: {} }]) {
          say(answer);
          const error = await explained(() => provider.getBlock(0));
          expect(error).to.be.instanceOf(ClientError).with.property("code", "network");
        }
      } finally {
        provider.destroy();
        await close();
      }
    });

    /** A node that always gives the same answer. */
    async function answering(): Promise<{
      url: string;
      close: () => Promise<void>;
      say: (answer: object | string) => void;
    }> {
      let answer: object | string = "";
      const server = createServer((request, response) => {
        void text(request).then((asked) => {
          const { id } = JSON.parse(asked) as { id: number };
          response.end(typeof answer === "string" ? answer : JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const close = async (): Promise<void> => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      };
      const { port } = server.address() as AddressInfo;
      return { url: `http://127.0.0.1:${port}`, close, say: (given) => void (answer = given) };
    }

    it("gives back what it doesn't know", () => {
      const error = new Error("something else");
      expect(explainError(error, "asking")).to.equal(error);
    });
  });

  describe("statements", () => {
    it("have the hashes that the chain keeps", async () => {
      const { proposal, found } = await proposed();
      expect(statementHash(found.statement)).to.equal(proposal.hash);
      expect(found).to.include({ hash: proposal.hash, state: "live", scorer: world.scorer.address });
      await world.finalise(proposal);
      expect(await suite.payouts.isFinal(payoutHash(found.statement.payout))).to.equal(true);
      expect((await readStatement(suite, world.stream, 0)).state).to.equal("final");
    });

    it("are void once they are refuted, and then no statement counts", async () => {
      const { proposal } = await proposed([1n, 2n, 3n]);
      await world.challenges.refute(proposal.statement, await world.evidence(proposal, 0));
      const states = (await readStatements(suite, world.stream, 0)).map(({ state }) => state);
      expect(states).to.deep.equal(["void"]);
      await expectCode(readStatement(suite, world.stream, 0), "bad-input", /no live or final statement/);
    });

    it("pass a published file whose every line is the chain's", async () => {
      const { found, honest } = await proposed();
      expect(await checkStatementFile(suite, found, honest)).to.equal(3);
    });

    const changes: [string, (file: Statement) => Statement, RegExp][] = [
      ["of another interval", (file) => ({ ...file, interval: 1 }), /its interval is 1/],
      ["of another pool", (file) => ({ ...file, pool: file.pool + 1n }), /its pool is/],
      ["of another root", (file) => ({ ...file, sumTreeRoot: id("x") as Hex }), /its root is/],
      ["without a line", (file) => ({ ...file, lines: file.lines.slice(1) }), /its lines is 2/],
    ];
    for (const [what, change, message] of changes) {
      it(`refuse a file ${what}`, async () => {
        const { found, honest } = await proposed();
        await expectCode(checkStatementFile(suite, found, change(honest)), "mismatch", message);
      });
    }

    it("refuse a file that names another wallet", async () => {
      const { found, honest } = await proposed();
      const [first, ...others] = honest.lines;
      if (first === undefined) throw new Error("no lines");
      const lines = [{ ...first, contributor: world.stranger.address.toLowerCase() as Hex }, ...others];
      await expectCode(checkStatementFile(suite, found, { ...honest, lines }), "mismatch", /line 0 names/);
    });

    it("give a wallet its lines, in the form that claims take", async () => {
      const { proposal, found, honest } = await proposed();
      await world.finalise(proposal);
      const paid = honest.lines.find(({ amount }) => amount > 0n);
      if (paid === undefined) throw new Error("nobody is paid");
      const lines = linesOf(honest, paid.contributor);
      const proof = shortSumProof(paid.proof);
      expect(lines).to.deep.equal([{ index: paid.index, weight: paid.payable, proof }]);
      expect(proof.length).to.be.lessThan(paid.proof.length);
      await suite.payouts.connect(world.stranger).claim([{ payout: found.statement.payout, lines }]);
      expect(await world.currency.balanceOf(paid.contributor)).to.equal(paid.amount);
    });
  });

  describe("claims", () => {
    async function claimed() {
      const { proposal, found, honest } = await proposed();
      const paid = honest.lines.find(({ amount }) => amount > 0n);
      if (paid === undefined) throw new Error("nobody is paid");
      return { proposal, found, honest, claim: claimOf(suite, found, honest, paid.contributor), paid };
    }

    it("hold what the chain pays for", async () => {
      const { proposal, found, claim, paid } = await claimed();
      expect(decodeClaim(encodeClaim(claim))).to.deep.equal(claim);
      await checkClaim(suite, found, claim);
      await world.finalise(proposal);
      expect(await suite.payouts.isFinal(payoutHash(claim.payout))).to.equal(true);
      expect(claim.lines).to.deep.equal([
        { index: paid.index, weight: paid.payable, amount: paid.amount, proof: paid.proof },
      ]);
    });

    it("are not made for a wallet that nothing is paid to", async () => {
      const { found, honest } = await proposed();
      expect(() => claimOf(suite, found, honest, world.stranger.address)).to.throw(ClientError, /nothing to claim/);
    });

    it("of another deployment, statement or wallet are refused", async () => {
      const { found, claim } = await claimed();
      for (const [changes, message] of [
        [{ chainId: 1 }, /on chain 1,/],
        [{ payouts: claim.contributor }, /the claim is for the contract/],
        [{ payout: { ...claim.payout, pool: claim.payout.pool + 1n } }, /of another statement than the live one/],
        [{ contributor: world.stranger.address.toLowerCase() as Hex }, /line \d names 0x.*, the registry/],
      ] as const) {
        await expectCode(checkClaim(suite, found, { ...claim, ...changes }), "mismatch", message);
      }
    });
  });

  describe("usage reports", () => {
    it("are read from their event and checked against the chain's hash", async () => {
      await closeFirstInterval();
      const report = await readUsageReport(suite, world.model, 0);
      expect(report).to.deep.include({ model: world.model, interval: 0, exponent: 5 });
    });

    it("that weren't posted are said to be missing", async () => {
      await expectCode(readUsageReport(suite, world.model, 0), "bad-input", /no usage report for interval 0/);
    });
  });

  describe("members of a stream", () => {
    it("are the wallets and counted rows that the registry names", async () => {
      const members = await readMembers(suite, world.stream);
      expect(members.rowCounts).to.deep.equal(COUNTS);
      expect(members.totalRows).to.equal(10n);
      expect(members.contributors).to.deep.equal(world.contributors.map(({ address }) => address.toLowerCase()));
    });
  });

  describe("watchtower", () => {
    it("computes the weights that the contract would", async () => {
      const { honest } = await proposed();
      expect(honest.lines.map(({ payable }) => payable)).to.deep.equal(world.weights);
      expect(honest.lines.some(({ payable }) => payable > 0n)).to.equal(true);
    });

    it("finds an honest statement right", async () => {
      const { found, honest } = await proposed();
      const recomputed = await recompute(suite, found, statedIndex(found, indexFile));
      expect(recomputed.right.root).to.equal(honest.sumTreeRoot);
      for (const weights of [world.weights, undefined]) {
        const wrongLines = weights === undefined ? undefined : [];
        expect(inspect(found, recomputed, weights)).to.deep.equal({ right: true, wrongLines, evidence: undefined });
      }
    });

    it("names every wrong line and makes the evidence that voids the statement", async () => {
      const crooked = world.weights.map((weight, i) => (i === 1 ? weight : weight + 5n));
      const { found } = await proposed(crooked);
      const recomputed = await recompute(suite, found, statedIndex(found, indexFile));
      const { right, wrongLines, evidence } = inspect(found, recomputed, crooked);
      expect(right).to.equal(false);
      expect(wrongLines).to.deep.equal(
        [0, 2].map((line) => ({ index: line, stated: crooked[line], expected: world.weights[line] })),
      );
      if (evidence === undefined) throw new Error("there is no evidence");
      await suite.challenges.connect(world.stranger).refute(found.statement, evidence);
      expect((await suite.attribution.settlementOf(world.stream, 0)).voids).to.equal(1n);
    });

    it("knows a wrong statement by its root alone, and no lines from weights of another root", async () => {
      const { found } = await proposed(world.weights.map((weight) => weight + 1n));
      const recomputed = await recompute(suite, found, statedIndex(found, indexFile));
      for (const weights of [undefined, world.weights]) {
        const unknown = { right: false, wrongLines: undefined, evidence: undefined };
        expect(inspect(found, recomputed, weights)).to.deep.equal(unknown);
      }
    });

    it("goes by the chain's exponent bound, not by that of the file", async () => {
      const { found } = await proposed();
      const altered = encodeIndex({ ...index, exponentBound: 40 });
      expect(statedIndex(found, altered).index.exponentBound).to.equal(index.exponentBound);
    });

    it("refuses an index that isn't the committed one", async () => {
      const { found } = await proposed();
      const other = Uint8Array.from(indexFile);
      other[other.length - 1]! ^= 1;
      expect(() => statedIndex(found, other))
        .to.throw(ScorerError)
        .with.property("code", "root-mismatch");
    });
  });

  describe("books", () => {
    const finals = (found: { statement: Parameters<typeof statementHash>[0] }, file: Statement) => [
      { statement: found.statement, lines: file.lines },
    ];

    async function expectBalanced(of: Parameters<typeof readBooks>[1]) {
      const books = await readBooks(suite, of);
      expect(books.accounted).to.equal(books.paidIn);
      expect(books.held).to.equal(books.accounted - books.claimed - books.withdrawn);
      return books;
    }

    it("balance before anything is divided", async () => {
      await world.activate();
      await world.pay(12_345_678_901n);
      const books = await expectBalanced([]);
      expect(books.paidIn).to.equal(12_345_678_901n);
      expect(books.pending > 0n).to.equal(true);
    });

    it("balance with a live statement, a final one, and after all claims", async () => {
      const { proposal, found, honest } = await proposed();
      expect((await expectBalanced([])).pending > 0n).to.equal(true);
      await suite.ledger.connect(world.stranger).distribute(world.model);
      await world.finalise(proposal);
      const before = await expectBalanced(finals(found, honest));
      expect(before.pending).to.equal(0n);
      expect((await expectBalanced([])).claimable, "without the published lines").to.equal(before.claimable);
      for (const { address } of world.contributors) {
        const lines = linesOf(honest, address);
        await suite.payouts.connect(world.stranger).claim([{ payout: found.statement.payout, lines }]);
      }
      await suite.payouts.connect(world.stranger).claimProRata([{ stream: world.stream, indexes: [0, 1, 2] }]);
      await suite.ledger.connect(world.owner).withdraw(world.owner);
      const after = await expectBalanced(finals(found, honest));
      expect(after.claimable).to.equal(0n);
      expect(after.claimed).to.equal(before.claimable);
      expect(after.withdrawn > 0n).to.equal(true);
      expect(after.dust < 35n, "33 shares and three contributions, each rounded down").to.equal(true);
    });

    it("balance after an interval fell back", async () => {
      await closeFirstInterval();
      await world.networkHelpers.time.increase(14 * DAY);
      await suite.attribution.connect(world.stranger).fallBack(world.stream, 0);
      await suite.ledger.connect(world.stranger).distribute(world.model);
      const books = await expectBalanced([]);
      expect(books.pending).to.equal(0n);
      expect(books.claimable > 0n).to.equal(true);
    });
  });
});
