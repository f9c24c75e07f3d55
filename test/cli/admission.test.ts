import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { decodeWalletList, type Sender, walletList } from "../../client/index.ts";
import { sha256 } from "../../scorer/index.ts";
import { fundGas, senderNamed } from "../../scripts/demo/cast.ts";
import { allowList } from "../support/allowList.ts";
import type { Node } from "../support/process.ts";
import { cliIn, expectFailure, jsonOf, type Run, type RunCli } from "./support/cli.ts";
import { startNode, stopNode } from "./support/node.ts";
import { type Deployed, deployTo } from "./support/world.ts";

describe("command line: who may contribute and train", () => {
  let folder = "";
  let cli: RunCli;
  let node: Node;
  let deployed: Deployed;
  let owner: Sender;
  let ada: Sender;
  let grace: Sender;
  const file = (name: string): string => join(folder, name);
  const by = (sender: Sender, ...args: string[]): Promise<Run> =>
    cli(args, { TRIBUTARY_PRIVATE_KEY: sender.signer.privateKey });
  const sent = async <T>(sender: Sender, ...args: string[]): Promise<T> =>
    jsonOf<T>(await by(sender, ...args, "--broadcast", "--json"));

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-admission-"));
    node = await startNode();
    cli = cliIn(folder, { TRIBUTARY_RPC_URL: node.url, TRIBUTARY_DEPLOYMENT: file("address-book.json") });
    deployed = await deployTo(node.url, folder);
    const { chain, suite, cast } = deployed;
    owner = cast.curator;
    [ada, grace] = [senderNamed(chain, "Ada"), senderNamed(chain, "Grace")];
    await fundGas(chain, [owner, ada, grace], () => undefined);
    // An allow-list for contributors, and one for trainers.
    const terms = { modality: 0, curation: 2, training: 1, streamBps: 5_000, proRataBps: 1_000, rowCap: 9, deposit: 0 };
    const digest = sha256(new Uint8Array(0));
    await owner.send("creating", suite.datasets.createDataset.populateTransaction(terms, "MIT", digest, ""));
    await Promise.all([
      writeFile(file("row.txt"), "a row"),
      writeFile(file("other.txt"), "another row"),
      writeFile(file("wallets.txt"), `${ada.address}\n\n${owner.address.toLowerCase()}\n${cast.scorer.address}\n`),
      writeFile(file("bad.txt"), `${ada.address}\nme\n`),
      writeFile(file("twice.txt"), `${ada.address}\n${ada.address}\n`),
    ]);
  });

  after(async () => {
    await deployed.cleanUp();
    await stopNode(node);
    await rm(folder, { recursive: true, force: true });
  });

  it("makes lists with the roots and proofs of a tree that is built by hand", () => {
    const sorted = [ada, grace, owner].map(({ address }) => address);
    for (let size = 1; size <= 3; size++) {
      const wallets = sorted.slice(0, size);
      const list = walletList(wallets);
      // OpenZeppelin's standard tree orders leaves by their hash: a list of two has one order of siblings only.
      if (size <= 2) expect(list.root).to.equal(allowList(...wallets).root);
      expect(list.root).to.equal(walletList(wallets.toReversed()).root);
    }
  });

  it("sets one list and leaves the other one alone", async () => {
    const [bad, twice, none, stranger] = await Promise.all([
      by(owner, "dataset", "allow", "1", "--contributors", "bad.txt"),
      by(owner, "dataset", "allow", "1", "--contributors", "twice.txt"),
      by(owner, "dataset", "allow", "1"),
      by(ada, "dataset", "allow", "1", "--trainers", "wallets.txt"),
    ]);
    expectFailure(bad, 1, "line 2 of bad.txt");
    expectFailure(twice, 1, "stands on the list twice");
    expectFailure(none, 2, "nothing to set");
    expectFailure(stranger, 4, "NotDatasetOwner(");
    const { root } = walletList([ada.address, owner.address, deployed.cast.scorer.address]);
    const publishing = ["--contributors", "wallets.txt", "--publish", "published"];
    expect(await sent(owner, "dataset", "allow", "1", ...publishing)).to.deep.include({
      contributors: root,
      trainers: ZeroHash,
    });
    const pointer = await readFile(file(`published/list/${root}`), "utf8");
    const published = await readFile(file(`published/${pointer.replace(":", "/")}`), "utf8");
    expect(decodeWalletList(published, "the published list").root).to.equal(root);
    expect(await sent(owner, "dataset", "allow", "1", "--trainers", "wallets.txt")).to.deep.include({
      contributors: root,
      trainers: root,
    });
  });

  it("lets wallets on the list contribute, by themselves or signed, and no other", async () => {
    const [without, unlisted, signed] = await Promise.all([
      by(ada, "contribute", "1", "row.txt"),
      by(grace, "contribute", "1", "row.txt", "--list", "wallets.txt"),
      by(ada, "contribute", "1", "row.txt", "--list", "wallets.txt", "--sign", "signed.json", "--json"),
    ]);
    expectFailure(without, 4, "NotAdmitted(");
    expectFailure(unlisted, 1, "isn't on the list of 3 wallets");
    expect(jsonOf(signed)).to.deep.include({ rows: 1 });
    expect(await sent(ada, "contribute", "1", "other.txt", "--list", "wallets.txt")).to.deep.include({
      status: "accepted",
    });
    const relayed = await sent<{ contributions: { state: string }[] }>(grace, "contribute", "relay", "signed.json");
    expect(relayed.contributions[0]?.state).to.equal("sent");
  });

  it("takes a curator's invitation of the wallet, for the dataset", async () => {
    const invite = (who: Sender, ...args: string[]): Promise<Run> =>
      by(who, "dataset", "invite", "1", grace.address, "--out", "invitation.json", ...args);
    const [stranger, over] = await Promise.all([
      invite(ada, "--deadline", "2199-01-01"),
      invite(owner, "--deadline", "2020-01-01"),
    ]);
    expectFailure(stranger, 1, "is no curator of dataset 1");
    expectFailure(over, 2, "that is over");
    expect((await invite(owner, "--deadline", "2199-01-01")).code).to.equal(0);
    const contribute = ["contribute", "1", "row.txt", "--invitation"];
    const invitation = await readFile(file("invitation.json"), "utf8");
    await writeFile(file("damaged.json"), invitation.replace(/"signature": "[^"]+"/, '"signature": 1'));
    const [other, damaged, both] = await Promise.all([
      by(ada, ...contribute, "invitation.json"),
      by(grace, ...contribute, "damaged.json"),
      by(grace, ...contribute, "invitation.json", "--list", "wallets.txt"),
    ]);
    expectFailure(other, 1, `its contributor is "${grace.address}"`);
    expectFailure(damaged, 1, "damaged.json is damaged");
    expectFailure(both, 2, "give one of them");
    expect(await sent(grace, ...contribute, "invitation.json")).to.deep.include({ status: "accepted" });
  });

  it("lets wallets on the list of trainers register models", async () => {
    await sent(owner, "freeze", "1");
    const register = (who: Sender, ...args: string[]): Promise<Run> =>
      by(who, "model", "register", "--kind", "base", "--artifact", "row.txt", "--source", "1/1:6000", ...args);
    const [without, unlisted, unnamed, listed] = await Promise.all([
      register(ada),
      register(grace, "--trainers", "1:wallets.txt"),
      register(ada, "--trainers", "2:wallets.txt"),
      register(ada, "--trainers", "1:wallets.txt", "--json"),
    ]);
    expectFailure(without, 4, "TrainingNotPermitted(");
    expectFailure(unlisted, 1, "isn't on the list");
    expectFailure(unnamed, 2, "no --source does");
    const { sources } = jsonOf<{ sources: { selfPayment: { returned: number; breakEven: number } }[] }>(listed);
    // 1 % protocol fee, 60 % to the stream, a tenth of it by row count.
    expect(sources[0]?.selfPayment.returned.toFixed(4)).to.equal("0.5346");
    expect(sources[0]?.selfPayment.breakEven.toFixed(3)).to.equal("1.871");
    expect((await sent<{ approved: boolean }>(owner, "dataset", "approve", "1", grace.address)).approved).to.be.true;
    expect(await deployed.suite.datasets.isApprovedTrainer(1, grace.address)).to.be.true;
    await sent(owner, "dataset", "approve", "1", grace.address, "--revoke");
    expect(await deployed.suite.datasets.isApprovedTrainer(1, grace.address)).to.be.false;
  });
});
