import { readFileSync } from "node:fs";
import { expect } from "chai";
import {
  AbiCoder,
  concat,
  dataLength,
  dataSlice,
  getAddress,
  id,
  keccak256,
  recoverAddress,
  Signature,
  toBeHex,
  toUtf8Bytes,
  TypedDataEncoder,
} from "ethers";
import hre from "hardhat";
import {
  CHARGE_TYPES,
  CONTRIBUTION_TYPES,
  INVITATION_TYPES,
  parseAddressBook,
  payoutHash,
  packedClaim,
  ROLES,
  signAuthorization,
  statementHash,
  streamIdOf,
  suiteAt,
  VOUCHER_TYPES,
} from "../../client/index.ts";
import { USAGE_REPORT_TYPES } from "../../scorer/index.ts";
import type { LineEvidenceStruct } from "../../typechain-types/attribution/ChallengeRegistry.ts";
import { buildWorld, type World } from "../support/attributionWorld.ts";
import { type IndexRow, payableOf } from "../support/formats.ts";
import { createDataset, Curation, ModelKind, registerModel, registration } from "../support/lineage.ts";
import { fundedPayer, NEVER } from "../support/market.ts";
import { firstStage } from "../support/stages.ts";
import { bookOf, deploySuite } from "../support/suite.ts";

/** Structs as the page writes them: large integers as decimal strings. */
interface PlainPayout {
  stream: string;
  interval: number;
  dataset: string;
  lines: number;
  root: string;
  total: string;
  pool: string;
}

interface PlainStatement {
  payout: PlainPayout;
  scorer: string;
  fee: string;
  bond: string;
  proposedAt: number;
  attempt: number;
  version: number;
  exponentBound: number;
  indexRoot: string;
  reportHash: string;
}

/** A signed struct of the page. */
interface Signed<Message> {
  message: Message;
  typeHash: string;
  structHash: string;
  domain: { name: string; version: string; chainId: number; verifyingContract: string };
  domainSeparator: string;
  digest: string;
  signer: string;
  signature: string;
}

/** The vectors of docs/formats.md that need the contracts; those of the scorer are checked in test/scorer. */
interface Vectors {
  reportDigest: {
    domain: { name: string; version: string; chainId: number; verifyingContract: string };
    domainTypeHash: string;
    domainSeparator: string;
    structHash: string;
    digest: string;
    operator: string;
    signature: string;
  };
  contribution: { uriHash: string } & Signed<{
    dataset: string;
    contributor: string;
    root: string;
    rows: number;
    nonce: string;
    deadline: string;
    uri: string;
  }>;
  invitation: Signed<{ dataset: string; contributor: string; deadline: string }>;
  voucher: { r: string; vs: string } & Signed<{ payer: string; model: string; cumulative: string }>;
  charge: Signed<{ payer: string; model: string; cumulative: string; requestDigest: string }>;
  authorizationNonce: { model: string; requestDigest: string; salt: string; nonce: string };
  receiver: { receivers: string; model: string; initCodeHash: string; receiver: string };
  streamId: { model: string; slot: number; stream: string };
  payout: { payout: PlainPayout; bytes: number; hash: string };
  packedClaim: { index: number; weight: string; proof: string; claim: string };
  statement: { statement: PlainStatement; bytes: number; hash: string };
  lineEvidence: {
    rows: number;
    evidence: LineEvidenceStruct & { lanes: string; exponent: number; usage: { model: string; q: string } };
    bytes: number;
    encodingHash: string;
    product: number;
    expectedWeight: string;
  };
  addressBook: { book: { contracts: Record<string, string> } };
}

function readPage(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
}

const vectors = Object.fromEntries(
  [...readPage("formats.md").matchAll(/```json contracts\n([\s\S]*?)```/g)].map(([, json]) => {
    const vector = JSON.parse(json ?? "") as { vector: string };
    return [vector.vector, vector];
  }),
) as unknown as Vectors;

const coder = AbiCoder.defaultAbiCoder();

function word(value: string | number): string {
  return toBeHex(BigInt(value), 32);
}

/** int16 lanes from big-endian bytes, lane 0 first. */
function lanesFrom(bytes: string): number[] {
  const digits = bytes.slice(2).match(/.{4}/g) ?? [];
  return digits.map((lane) => Number(BigInt.asIntN(16, BigInt(`0x${lane}`))));
}

describe("docs/formats.md, structs", () => {
  const suite = firstStage(deploySuite);
  const harness = suite.step(async (deployed) => {
    const [, evidenceType] = deployed.challenges.interface.getFunction("refute").inputs;
    if (evidenceType === undefined) throw new Error("refute takes no evidence");
    return { ...deployed, evidenceType, library: await deployed.ethers.deployContract("LibraryHarness") };
  });

  it("has the vectors that are checked here", () => {
    const signed = ["reportDigest", "contribution", "invitation", "voucher", "charge", "authorizationNonce"];
    const structs = ["receiver", "streamId", "payout", "packedClaim", "statement", "lineEvidence", "addressBook"];
    expect(Object.keys(vectors).toSorted()).to.deep.equal([...signed, ...structs].toSorted());
  });

  it("reportDigest: the domain, the digest and the signer of a usage report", async () => {
    const { domain, domainTypeHash, domainSeparator, structHash, digest, operator, signature } = vectors.reportDigest;
    expect(id("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")).to.equal(
      domainTypeHash,
    );
    const words = [
      domainTypeHash,
      keccak256(toUtf8Bytes(domain.name)),
      keccak256(toUtf8Bytes(domain.version)),
      word(domain.chainId),
      word(domain.verifyingContract),
    ];
    expect(keccak256(concat(words))).to.equal(domainSeparator);
    expect(TypedDataEncoder.hashDomain(domain)).to.equal(domainSeparator);

    const { usage } = vectors.lineEvidence.evidence;
    const types = { UsageReport: [...USAGE_REPORT_TYPES.UsageReport] };
    expect(TypedDataEncoder.hashStruct("UsageReport", types, usage)).to.equal(structHash);
    expect(TypedDataEncoder.hash(domain, types, usage)).to.equal(digest);
    expect(keccak256(concat(["0x1901", domainSeparator, structHash]))).to.equal(digest);
    expect(recoverAddress(digest, signature)).to.equal(getAddress(operator));

    const { library, usage: registry } = await harness.load();
    expect(await library.usageReportHash(usage)).to.equal(structHash);
    const deployed = await registry.eip712Domain();
    expect([deployed.name, deployed.version, Number(deployed.chainId)]).to.deep.equal([
      domain.name,
      domain.version,
      domain.chainId,
    ]);
    expect(deployed.verifyingContract).to.equal(await registry.getAddress());
    // 0b01111: name, version, chain and contract, and no salt.
    expect(deployed.fields).to.equal("0x0f");
  });

  /** The page's hashes of a signed struct, from its type's text and the words of its members. */
  function expectSigned<Message>(type: string, members: readonly string[], vector: Signed<Message>): void {
    const { typeHash, structHash, domain, domainSeparator, digest, signer, signature } = vector;
    expect(readPage("formats.md")).to.contain(`\n${type}\n`);
    expect(id(type)).to.equal(typeHash);
    expect(keccak256(concat([typeHash, ...members]))).to.equal(structHash);
    expect(TypedDataEncoder.hashDomain(domain)).to.equal(domainSeparator);
    expect(keccak256(concat(["0x1901", domainSeparator, structHash]))).to.equal(digest);
    expect(recoverAddress(digest, signature)).to.equal(getAddress(signer));
  }

  it("contribution and invitation: their hashes and signers", () => {
    const { message: contribution, uriHash } = vectors.contribution;
    const { dataset, contributor, root, rows, nonce, deadline, uri } = contribution;
    expect(id(uri)).to.equal(uriHash);
    expectSigned(
      "Contribution(uint256 dataset,address contributor,bytes32 root,uint32 rows,uint256 nonce,uint256 deadline,string uri)",
      [...[dataset, contributor, root, rows, nonce, deadline].map(word), uriHash],
      vectors.contribution,
    );
    expect(TypedDataEncoder.hashStruct("Contribution", CONTRIBUTION_TYPES, contribution)).to.equal(
      vectors.contribution.structHash,
    );
    const { message: invitation } = vectors.invitation;
    expectSigned(
      "Invitation(uint256 dataset,address contributor,uint256 deadline)",
      [invitation.dataset, invitation.contributor, invitation.deadline].map(word),
      vectors.invitation,
    );
    expect(TypedDataEncoder.hashStruct("Invitation", INVITATION_TYPES, invitation)).to.equal(
      vectors.invitation.structHash,
    );
  });

  it("attack 21: contribution and invitation: the registry takes them from the same wallets", async () => {
    const deployed = await harness.load();
    const { datasets, ethers } = deployed;
    const [contribution, invitation] = [vectors.contribution.message, vectors.invitation.message];
    const [contributor, inviter] = [
      await ethers.getSigner(vectors.contribution.signer),
      await ethers.getSigner(vectors.invitation.signer),
    ];
    while ((await datasets.datasetCount()) < BigInt(contribution.dataset)) {
      await createDataset(deployed, inviter, { curation: Curation.AllowList });
    }
    const verifyingContract = await datasets.getAddress();
    const domain = { ...vectors.contribution.domain, verifyingContract };
    const admission = {
      proof: [],
      inviter: inviter.address,
      deadline: invitation.deadline,
      signature: await inviter.signTypedData(domain, INVITATION_TYPES, invitation),
    };
    const signature = await contributor.signTypedData(domain, CONTRIBUTION_TYPES, contribution);
    const { nonce, dataset, root, rows } = contribution;
    await expect(datasets.contributeSigned({ ...contribution, admission, signature }))
      .to.emit(datasets, "ContributionAccepted")
      .withArgs(dataset, 0n, contributor.address, root, rows);
    expect(await datasets.noncesUsed(contributor, BigInt(nonce) / 256n)).to.equal(1n << (BigInt(nonce) % 256n));
  });

  it("voucher and charge: their hashes, their signers and the compact form", () => {
    const { message, r, vs, signature } = vectors.voucher;
    expectSigned(
      "Voucher(address payer,uint256 model,uint112 cumulative)",
      [message.payer, message.model, message.cumulative].map(word),
      vectors.voucher,
    );
    expect(TypedDataEncoder.hashStruct("Voucher", VOUCHER_TYPES, message)).to.equal(vectors.voucher.structHash);
    expect(Signature.from({ r, yParityAndS: vs }).serialized).to.equal(signature);
    const { message: charge } = vectors.charge;
    expectSigned(
      "Charge(address payer,uint256 model,uint112 cumulative,bytes32 requestDigest)",
      [charge.payer, charge.model, charge.cumulative, charge.requestDigest].map(word),
      vectors.charge,
    );
    expect(TypedDataEncoder.hashStruct("Charge", CHARGE_TYPES, charge)).to.equal(vectors.charge.structHash);
  });

  /** The suite with the model of the vectors for sale at any price. */
  const forSale = harness.step(async (deployed) => {
    const [owner] = deployed.wallets;
    if (owner === undefined) throw new Error("too few wallets");
    const model = BigInt(vectors.voucher.message.model);
    while ((await deployed.models.modelCount()) < model) await registerModel(deployed, owner);
    await deployed.market.connect(owner).list(model, 1n);
    return { ...deployed, model };
  });

  it("attack 21: voucher and charge: the market takes them from the same wallet", async () => {
    const { market, currency, ethers, model } = await forSale.load();
    const payer = await ethers.getSigner(vectors.voucher.signer);
    const [voucher, charge] = [vectors.voucher.message, vectors.charge.message];
    await currency.mint(payer, charge.cumulative);
    await currency.connect(payer).approve(market, charge.cumulative);
    await market.connect(payer).deposit(payer, model, charge.cumulative);
    const domain = { ...vectors.voucher.domain, verifyingContract: await market.getAddress() };
    const { r, yParityAndS: vs } = Signature.from(await payer.signTypedData(domain, VOUCHER_TYPES, voucher));
    await expect(market.redeem(model, [{ payer, cumulative: voucher.cumulative, r, vs }]))
      .to.emit(market, "VoucherRedeemed")
      .withArgs(model, payer.address, voucher.cumulative);
    const signature = await payer.signTypedData(domain, CHARGE_TYPES, charge);
    const { cumulative, requestDigest } = charge;
    await market.charge(payer, model, cumulative, requestDigest, signature);
    expect((await market.channelOf(payer, model)).spent).to.equal(BigInt(cumulative));
  });

  it("authorizationNonce: what the market asks the currency for", async () => {
    const world = await forSale.load();
    const { market, currency, model } = world;
    const { requestDigest, salt, nonce } = vectors.authorizationNonce;
    expect(model).to.equal(BigInt(vectors.authorizationNonce.model));
    expect(keccak256(concat([word(vectors.authorizationNonce.model), requestDigest, salt]))).to.equal(nonce);
    const payer = await fundedPayer(world, "payer");
    const client = suiteAt(await bookOf(world), world.ethers.provider);
    const payment = { model, amount: 1n, requestDigest, salt, validBefore: NEVER };
    await expect(market.payWithAuthorization(model, requestDigest, await signAuthorization(client, payer, payment)))
      .to.emit(currency, "AuthorizationUsed")
      .withArgs(payer.address, nonce);
  });

  it("receiver: an address from the model's number", async () => {
    const { receivers: deployer, model, initCodeHash, receiver } = vectors.receiver;
    const derived = (from: string, hash: string): string =>
      getAddress(dataSlice(keccak256(concat(["0xff", from, word(model), hash])), 12));
    expect(derived(deployer, initCodeHash)).to.equal(getAddress(receiver));
    const { receivers, ethers } = await harness.load();
    const hash = keccak256((await ethers.getContractFactory("ModelReceiver")).bytecode);
    expect(await receivers.receiverOf(model)).to.equal(derived(await receivers.getAddress(), hash));
    // Contracts that are instrumented for coverage are not those that ship.
    if (!hre.globalOptions.coverage) expect(hash).to.equal(initCodeHash);
  });

  it("streamId: model and slot in one number", async () => {
    const { model, slot, stream } = vectors.streamId;
    expect(streamIdOf(BigInt(model), slot)).to.equal(BigInt(stream));
    const { library } = await harness.load();
    expect(await library.partsOf(stream)).to.deep.equal([BigInt(model), BigInt(slot)]);
  });

  it("payout: seven words", () => {
    const { payout, bytes, hash } = vectors.payout;
    const { stream, interval, dataset, lines, root, total, pool } = payout;
    const encoded = concat([stream, interval, dataset, lines, root, total, pool].map(word));
    expect([dataLength(encoded), keccak256(encoded)]).to.deep.equal([bytes, hash]);
    expect(payoutHash(payout)).to.equal(hash);
  });

  it("packedClaim: a payout head, a line and its proof in one piece", async () => {
    const { index, weight, proof, claim } = vectors.packedClaim;
    const { payout, hash } = vectors.payout;
    expect(packedClaim({ payout, line: { index, weight: BigInt(weight), proof } })).to.equal(claim);
    const { library } = await harness.load();
    const read = await library.traceClaim(claim);
    expect([...read]).to.deep.equal([hash, BigInt(index), BigInt(weight), BigInt(payout.total), 20n]);
  });

  it("statement: sixteen words, of which the first seven are the payout", async () => {
    const { statement, bytes, hash } = vectors.statement;
    expect(statement.payout).to.deep.equal(vectors.payout.payout);
    const { payout, scorer, fee, bond, proposedAt, attempt, version, exponentBound, indexRoot, reportHash } = statement;
    const { stream, interval, dataset, lines, root, total, pool } = payout;
    const members = [stream, interval, dataset, lines, root, total, pool, scorer, fee, bond, proposedAt];
    const encoded = concat([...members, attempt, version, exponentBound, indexRoot, reportHash].map(word));
    expect([dataLength(encoded), keccak256(encoded)]).to.deep.equal([bytes, hash]);
    expect(statementHash(statement)).to.equal(hash);
    expect(reportHash).to.equal(vectors.reportDigest.structHash);
    const { attribution } = await harness.load();
    await expect(attribution.finalise(statement))
      .to.be.revertedWithCustomError(attribution, "StatementNotLive")
      .withArgs(hash);
  });

  it("lineEvidence: a line of that statement, and the weight that the chain gives it", async () => {
    const { rows, evidence, bytes, encodingHash, product, expectedWeight } = vectors.lineEvidence;
    const { statement } = vectors.statement;
    const { library, evidenceType } = await harness.load();
    const encoded = coder.encode([evidenceType], [evidence]);
    expect([dataLength(encoded), keccak256(encoded)]).to.deep.equal([bytes, encodingHash]);
    const k = dataLength(evidence.lanes) / 2;
    const depth = 2;
    expect(32 * (1 + 7 + 1 + Math.ceil((50 * depth) / 32) + 1 + 1 + depth + 8) + 4 * k).to.equal(bytes);

    const row: IndexRow = { exponent: evidence.exponent, lanes: lanesFrom(evidence.lanes) };
    const reversed = lanesFrom(evidence.usage.q).toReversed();
    expect(payableOf({ ...row, exponent: 0 }, reversed, rows, 0)).to.equal(BigInt(product));
    expect(payableOf(row, reversed, rows, statement.exponentBound)).to.equal(BigInt(expectedWeight));
    expect(await library.expectedWeight(statement, evidence, rows)).to.equal(BigInt(expectedWeight));
    const { index, weight, sumProof } = evidence;
    const traced = await library.trace(index, weight, statement.payout.lines, sumProof);
    expect(traced).to.deep.equal([statement.payout.root, BigInt(statement.payout.total), 20n]);
  });

  it("addressBook: an address for each role", () => {
    const { book } = vectors.addressBook;
    expect(Object.keys(book.contracts).toSorted()).to.deep.equal([...ROLES].toSorted());
    const parsed = parseAddressBook(JSON.stringify(book));
    for (const role of ROLES) expect(parsed.contracts[role]).to.equal(getAddress(book.contracts[role] ?? ""));
    for (const role of ROLES) {
      const contracts = Object.fromEntries(Object.entries(book.contracts).filter(([name]) => name !== role));
      expect(() => parseAddressBook(JSON.stringify({ ...book, contracts }))).to.throw(role);
    }
  });
});

/** The example of docs/protocol.md, played on the contracts: prose and chain must give the same wei. */
describe("docs/protocol.md, the worked example", () => {
  const lanes = (first: number): number[] => [first, ...new Array<number>(15).fill(0)];
  const suite = firstStage(deploySuite);
  const active = suite.step(async (deployed) => {
    const world = await buildWorld(deployed, {
      rowCounts: [5, 3, 2],
      rows: [
        { exponent: 0, lanes: lanes(70) },
        { exponent: 0, lanes: lanes(-40) },
        { exponent: 3, lanes: lanes(10) },
      ],
      q: lanes(1),
      exponentBound: 3,
      streamBps: 3_000,
      proRataBps: 1_000,
    });
    await world.activate();
    return world;
  });

  /** An agent that names the model as its parent, sells for 1,000 and leaves 500 basis points to it. */
  const sellAgent = async (world: World): Promise<bigint> => {
    const { models, market, ledger, stranger, payer, model, digest } = world;
    await models
      .connect(stranger)
      .register(
        registration({ kind: ModelKind.Agent, operator: stranger.address, parents: [{ model, shareBps: 500 }] }),
      );
    const agent = await models.modelCount();
    await market.connect(stranger).list(agent, 1_000n);
    await market.connect(payer).pay(agent, 1_000n, digest);
    await ledger.distribute(agent);
    return agent;
  };

  it("gives the figures of the page", async () => {
    const world = await active.load();
    const { usage, attribution, payouts, ledger, currency, model, stream, contributors, owner, scorer, stranger } =
      world;
    await world.pay(10_007n);
    await sellAgent(world);
    await ledger.distribute(model);
    await usage.cut(model);
    await world.report(0);
    expect(await ledger.countersOf(model)).to.deep.equal([9_907n, 49n]);
    expect(await attribution.poolOf(stream, 0)).to.equal(2_675n);

    const proposal = await world.propose({ feeBps: 200 });
    expect(proposal.tree.weights).to.deep.equal([70n, 0n, 80n]);
    expect([proposal.statement.fee, proposal.statement.payout.pool]).to.deep.equal([53n, 2_622n]);
    await world.finalise(proposal);
    expect(await payouts.isFinal(payoutHash(proposal.statement.payout))).to.equal(true);

    const paid: { influence: bigint; proRata: bigint }[] = [];
    for (const [i, contributor] of contributors.entries()) {
      const balances = [await currency.balanceOf(contributor)];
      await payouts.claim([world.claimOf(proposal, [i])]);
      balances.push(await currency.balanceOf(contributor));
      await payouts.claimProRata([{ stream, indexes: [i] }]);
      balances.push(await currency.balanceOf(contributor));
      const [before = 0n, between = 0n, after = 0n] = balances;
      paid.push({ influence: between - before, proRata: after - between });
    }
    const balances = {
      treasury: await ledger.balanceOf(world.treasury),
      developer: await ledger.balanceOf(owner),
      agentMaker: await ledger.balanceOf(stranger),
      scorer: await ledger.balanceOf(scorer),
    };
    const left = (await currency.balanceOf(ledger)) + (await currency.balanceOf(payouts));
    const dust = left - Object.values(balances).reduce((sum, balance) => sum + balance, 0n);
    const contributorsGot = paid.reduce((sum, { influence, proRata }) => sum + influence + proRata, 0n);
    expect(contributorsGot + left).to.equal(11_007n);

    const page = readPage("protocol.md");
    const text = (wei: bigint): string => wei.toLocaleString("en-US");
    paid.forEach(({ influence, proRata }, i) => {
      expect(page).to.contain(
        `| contribution ${i} | ${text(influence)} | ${text(proRata)} | ${text(influence + proRata)} |`,
      );
    });
    expect(page).to.contain(`| treasury | ${text(balances.treasury)} |`);
    expect(page).to.contain(`| developer of the model | ${text(balances.developer)} |`);
    expect(page).to.contain(`| developer of the agent | ${text(balances.agentMaker)} |`);
    expect(page).to.contain(`| scorer | ${text(balances.scorer)} |`);
    expect(page).to.contain(`| contributors | ${text(contributorsGot)} |`);
    expect(page).to.contain(`| dust | ${text(dust)} |`);
    expect(page).to.contain("| **all** | **11,007** |");
  });
});
