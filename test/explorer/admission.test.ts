import { rename } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { encodeInvitation, encodeWalletList, signInvitation, walletList } from "../../client/index.ts";
import { onStage } from "./support/onStage.ts";
import { confirm } from "./support/visit.ts";

const ROWS = '{"subject": "", "body": "Dear all,"}\n{"subject": "", "body": "Dear none,"}\n';
const FILE = { name: "letters.jsonl", mimeType: "application/jsonlines", buffer: Buffer.from(ROWS) };

describe("datasets with lists of wallets, in the explorer", function () {
  this.timeout(180_000);
  const on = onStage();

  it("contributes to a dataset of wallets on a list, with the proof from the published list", async () => {
    const dataset = Number(on.stage.story.members.dataset);
    const { page, wallet } = await on.begin(`/dataset/${dataset}`);
    await page.getByText("Your wallet is on the list of 4 wallets, whose root is the chain’s.").waitFor();
    await page.getByLabel("Files with rows").setInputFiles(FILE);
    await confirm(page, page.getByRole("button", { name: "Contribute", exact: true }));
    const { data } = await on.api.contributions(dataset, { contributor: wallet.address });
    expect(data.map(({ rows, status }) => [rows, status])).to.deep.equal([[2, "accepted"]]);
  });

  it("says that a wallet isn't on the list, takes no other list, and takes an invitation", async () => {
    const { suite, people } = on.stage.world;
    const { dataset } = on.stage.story.members;
    const { page, wallet } = await on.begin(`/dataset/${dataset}`, { as: "newcomer 3" });
    const { address } = wallet;
    await page.getByLabel("Files with rows").setInputFiles(FILE);
    await page
      .getByText(`${address} isn't on the list of 4 wallets that may contribute to dataset ${dataset}`)
      .waitFor();
    const contribute = page.getByRole("button", { name: "Contribute", exact: true });
    expect(await contribute.getAttribute("aria-disabled")).to.equal("true");
    await page.getByText("Your wallet isn’t admitted, see above").waitFor();
    const give = async (name: string, text: string): Promise<void> =>
      page
        .getByLabel("List or invitation (optional)")
        .setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
    await give("own.txt", encodeWalletList(walletList([address])));
    await page.getByText(/Own\.txt isn't the list that the chain has: its root is/).waitFor();
    expect(wallet.prompts.map(({ method }) => method)).to.deep.equal(["eth_requestAccounts"]);
    const invited = { dataset, contributor: address, deadline: 4_000_000_000n };
    const invitation = await signInvitation(suite, people.curator.signer, invited);
    await give("invitation.json", encodeInvitation(suite.book, invited, invitation));
    await page.getByText("invitation.json invites your wallet.").waitFor();
    await confirm(page, contribute);
    const { data } = await on.api.contributions(Number(dataset), { contributor: address });
    expect(data.map(({ status }) => status)).to.deep.equal(["accepted"]);
  });

  it("registers a model on a dataset with a list of trainers, from the owner's file where none is published", async () => {
    const { dataset, trainers } = on.stage.story.members;
    const published = join(on.stage.world.paths.published, "list", trainers.root);
    await rename(published, `${published}-away`);
    try {
      const { page, wallet } = await on.begin(`/register/dataset/${dataset}`);
      await page.getByLabel(/^Weights/).setInputFiles({ ...FILE, name: "weights.bin", buffer: Buffer.from("members") });
      await page.getByLabel("Share in %").fill("25");
      await page
        .getByText(/isn't with the index's server: choose the file/)
        .first()
        .waitFor();
      const register = page.getByRole("button", { name: "Register model" });
      expect(await register.getAttribute("aria-disabled")).to.equal("true");
      await page.getByLabel(`List of trainers of dataset ${dataset} (optional)`).setInputFiles({
        name: "trainers.txt",
        mimeType: "text/plain",
        buffer: Buffer.from(encodeWalletList(trainers)),
      });
      await page.getByText("Your wallet is on the list of 2 wallets in trainers.txt").waitFor();
      await confirm(page, register);
      const { data } = await on.api.datasetModels(Number(dataset));
      expect(data.map(({ owner, shareBps }) => [owner, shareBps])).to.deep.equal([[wallet.address, 2_500]]);
    } finally {
      await rename(`${published}-away`, published);
    }
  });

  it("says that a wallet isn't on the list of trainers", async () => {
    const { dataset } = on.stage.story.members;
    const { page } = await on.begin(`/register/dataset/${dataset}`, { as: "newcomer 1" });
    await page.getByLabel("Share in %").fill("25");
    await page
      .getByText(/isn't on the list of 2 wallets that may train on dataset/)
      .first()
      .waitFor();
  });
});
