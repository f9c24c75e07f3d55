import { expect } from "chai";
import { recompute, statedIndex } from "../../client/index.ts";
import { grouped } from "../../explorer/words/amounts.ts";
import { contributionTree, type Hex, sha256 } from "../../scorer/index.ts";
import { onStage } from "./support/onStage.ts";
import { confirm, expectAccessible, expectNoSideways, shortAddress } from "./support/visit.ts";

const ROWS = ['{"subject": "", "body": "A film that I liked."}', '{"subject": "", "body": "A film that I did not."}'];
const FILE = { name: "rows.jsonl", mimeType: "application/jsonlines", buffer: Buffer.from(`${ROWS.join("\n")}\n`) };

describe("actions of the explorer", function () {
  this.timeout(180_000);
  const on = onStage();

  it("contributes a file, of which the browser sends the root only", async () => {
    const { reviews } = on.stage.world;
    const { page, wallet } = await on.begin(`/dataset/${reviews.dataset}`);
    const sent: string[] = [];
    page.on("request", (request) => sent.push(request.postData() ?? ""));
    await page.getByLabel("Files with rows").setInputFiles(FILE);
    await confirm(page, page.getByRole("button", { name: "Contribute", exact: true }));
    const { data } = await on.api.contributions(Number(reviews.dataset), { contributor: wallet.address });
    const rows = ROWS.map((row) => new TextEncoder().encode(row));
    const { root } = contributionTree(wallet.address as Hex, rows);
    expect(data.map((row) => [row.root, row.rows, row.status])).to.deep.equal([[root, 2, "pending"]]);
    await page.getByRole("checkbox", { name: wallet.address }).waitFor();
    expect(sent.some((body) => body.includes("A film"))).to.equal(false);
  });

  it("says in a sentence why the contract refuses, and sends nothing", async () => {
    const { page, wallet } = await on.begin(`/dataset/${on.stage.world.reviews.dataset}`);
    await page.getByLabel("Files with rows").setInputFiles(FILE);
    const before = await on.stage.world.chain.provider.getTransactionCount(wallet.address);
    await page.getByRole("button", { name: "Contribute", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Refused by the contract").waitFor();
    expect(await dialog.getByRole("alert").innerText()).to.match(/already|before|once/i);
    expect(await on.stage.world.chain.provider.getTransactionCount(wallet.address)).to.equal(before);
    expect(wallet.prompts.map(({ method }) => method)).to.deep.equal(["eth_requestAccounts"]);
  });

  it("signs a contribution that somebody else sends, in words that the wallet shows", async () => {
    const { reviews } = on.stage.world;
    const { page, wallet } = await on.begin(`/dataset/${reviews.dataset}`, { as: "newcomer 2" });
    await page.getByLabel("Files with rows").setInputFiles(FILE);
    await page.getByText("Sign it for somebody else to send").click();
    await page.getByRole("button", { name: "Sign a contribution" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign with Test wallet" }).click();
    await page.getByRole("dialog").getByText("Done. The file is saved.").waitFor();
    const { params } = wallet.prompts.at(-1)!;
    const asked = JSON.parse(String(params?.[1])) as {
      primaryType: string;
      domain: { name: string };
      message: { contributor: string; rows: string };
    };
    expect([asked.primaryType, asked.domain.name, asked.message.rows]).to.deep.equal([
      "Contribution",
      "Tributary",
      "2",
    ]);
    expect(asked.message.contributor.toLowerCase()).to.equal(wallet.address.toLowerCase());
  });

  it("lets the curator accept and reject, and nobody else", async () => {
    const { reviews, people } = on.stage.world;
    const [first, , third] = people.newcomers;
    const stranger = await on.begin(`/dataset/${reviews.dataset}`);
    const refused = stranger.page.getByRole("button", { name: "Accept chosen" });
    expect(await refused.getAttribute("aria-disabled")).to.equal("true");
    const why = await refused.getAttribute("aria-describedby");
    expect(await stranger.page.locator(`[id="${why ?? ""}"]`).innerText()).to.match(/neither owner nor curator/);
    await stranger.close();
    const { page } = await on.begin(`/dataset/${reviews.dataset}`, { as: "curator" });
    await page.getByRole("checkbox", { name: first!.address }).check();
    await confirm(page, page.getByRole("button", { name: "Accept chosen" }));
    await page.getByRole("checkbox", { name: first!.address }).waitFor({ state: "detached" });
    await page.getByRole("checkbox", { name: third!.address }).check();
    await page.getByLabel("Reason, if you reject").fill("Copied from elsewhere.");
    await confirm(page, page.getByRole("button", { name: "Reject chosen" }));
    const of = async (contributor: string) =>
      (await on.api.contributions(Number(reviews.dataset), { contributor })).data;
    expect((await of(first!.address)).map(({ status }) => status)).to.deep.equal(["accepted"]);
    const reason = sha256(new TextEncoder().encode("Copied from elsewhere."));
    expect((await of(third!.address)).map((row) => [row.status, row.reason])).to.deep.equal([["rejected", reason]]);
  });

  it("registers a model, once its shares are what the sources ask for", async () => {
    const { reviews } = on.stage.world;
    const { page, wallet } = await on.begin(`/register/dataset/${reviews.dataset}`);
    const register = page.getByRole("button", { name: "Register", exact: false }).last();
    await page.getByLabel(/^Weights/).setInputFiles(FILE);
    await page.getByLabel("Share in %").fill("1");
    await page
      .getByText(/Dataset 2 asks for/i)
      .first()
      .waitFor();
    expect(await register.getAttribute("aria-disabled")).to.equal("true");
    await page.getByLabel("Share in %").fill("20");
    await page.locator("button[aria-disabled=false]", { hasText: "Register" }).waitFor();
    await confirm(page, register);
    const { data } = await on.api.models({ owner: wallet.address });
    expect(data.map(({ artifactDigest, developerBps }) => [artifactDigest, developerBps])).to.deep.equal([
      [sha256(FILE.buffer), 8_000],
    ]);
  });

  it("pays for an answer by approval, one transaction after the other", async () => {
    const { models } = on.stage.world;
    const { page, wallet } = await on.begin(`/model/${models.critic}`);
    await page.getByText("Pay for one answer").click();
    await page.getByLabel("Your request").fill("Is this review favourable?");
    await confirm(page, page.getByRole("button", { name: "Pay for an answer" }));
    const { data } = await on.api.payments({ payer: wallet.address });
    const digest = sha256(new TextEncoder().encode("Is this review favourable?"));
    expect(data.map(({ model, requestDigest, way }) => [model, requestDigest, way])).to.deep.equal([
      [Number(models.critic), digest, "wallet"],
    ]);
    expect(wallet.prompts.map(({ method }) => method)).to.deep.equal([
      "eth_requestAccounts",
      "eth_sendTransaction",
      "eth_sendTransaction",
    ]);
  });

  it("prepays in one go where the wallet takes batches (EIP-5792)", async () => {
    const { models } = on.stage.world;
    const { page, wallet } = await on.begin(`/model/${models.filter}`, { batches: true });
    await confirm(page, page.getByRole("button", { name: "Prepay", exact: true }));
    expect(wallet.prompts.map(({ method }) => method)).to.deep.equal(["eth_requestAccounts", "wallet_sendCalls"]);
    const { channels } = (await on.api.account(wallet.address)).data;
    expect(channels.map(({ model, balance }) => [model, balance])).to.deep.equal([[Number(models.filter), 1_000_000n]]);
  });

  it("asks for each transaction where a wallet announces batches and then refuses them", async () => {
    const { models } = on.stage.world;
    const { page, wallet } = await on.begin(`/model/${models.merged}`, { batches: "announced" });
    await page.getByRole("button", { name: "Prepay", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("does all of it in one go, or nothing").waitFor();
    await dialog.getByRole("button", { name: "Send with Test wallet" }).click();
    await dialog.getByText("Done.").waitFor();
    expect(wallet.prompts.map(({ method }) => method)).to.deep.equal([
      "eth_requestAccounts",
      "eth_sendTransaction",
      "eth_sendTransaction",
    ]);
    const { channels } = (await on.api.account(wallet.address)).data;
    expect(channels.some(({ model }) => model === Number(models.merged))).to.equal(true);
  });

  it("shows on a phone what will be sent, argument by argument, and what it costs", async () => {
    const { people } = on.stage.world;
    const { page, wallet } = await on.begin(`/account/${people.visitor.address}`, { width: "phone" });
    await page.getByLabel("Other recipient").fill(people.curator.address);
    await page.getByRole("button", { name: "Set recipient" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Simulated on the chain’s last block: it would succeed.").waitFor();
    await dialog.getByText("payouts.setRecipient").waitFor();
    const said = await dialog.innerText();
    expect(said)
      .to.match(/recipient/i)
      .and.to.match(/Gas: about 0\.\d+/)
      .and.to.match(/[\d,]+ gas/);
    expect(await dialog.getByText(people.curator.address.slice(0, 6)).count()).to.be.greaterThan(0);
    await expectNoSideways(page, "the dialog");
    await expectAccessible(page, "the dialog");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(wallet.prompts.map(({ method }) => method)).to.deep.equal(["eth_requestAccounts"]);
    expect((await on.api.account(people.visitor.address)).data.recipient).to.equal(null);
  });

  it("follows the wallet to another account, which may do other things", async () => {
    const { people } = on.stage.world;
    const { page, wallet } = await on.begin(`/account/${people.generalist.address}`);
    await page.getByText("Only the account itself can: connect its wallet").first().waitFor();
    await wallet.become(people.generalist.address);
    await page.getByRole("button", { name: shortAddress(people.generalist.address) }).waitFor();
    expect(await page.getByText("Only the account itself can: connect its wallet").count()).to.equal(0);
  });

  it("pays with a signed permit", async () => {
    const { models } = on.stage.world;
    const { page, wallet } = await on.begin(`/model/${models.merged}`);
    await page.getByText("Pay for one answer").click();
    await page.getByLabel("Your request").fill("Which of the two?");
    await page.getByText("A signed permit").click();
    await confirm(page, page.getByRole("button", { name: "Pay for an answer" }), true);
    expect(wallet.prompts.map(({ method }) => method)).to.deep.equal([
      "eth_requestAccounts",
      "eth_signTypedData_v4",
      "eth_sendTransaction",
    ]);
    const { data } = await on.api.payments({ payer: wallet.address, model: Number(models.merged) });
    expect(data).to.have.lengthOf(1);
  });

  it("claims all that an account can have", async () => {
    const { people, suite } = on.stage.world;
    const { address } = people.generalist;
    const before = await suite.currency.balanceOf(address);
    const due = (await on.api.claimable(address)).data.totals;
    expect(due.lines > 0n && due.proRata > 0n).to.equal(true);
    const { page } = await on.begin(`/account/${address}`, { as: "generalist" });
    await confirm(page, page.getByRole("button", { name: "Claim all" }));
    expect((await suite.currency.balanceOf(address)) - before).to.equal(due.lines + due.proRata);
    const left = (await on.api.claimable(address)).data.totals;
    expect([left.lines, left.proRata]).to.deep.equal([0n, 0n]);
    await page.getByText("There is nothing to claim now").waitFor();
  });

  it("sets where claims go", async () => {
    const { people } = on.stage.world;
    const { page } = await on.begin(`/account/${people.generalist.address}`, { as: "generalist" });
    await page.getByLabel("Other recipient").fill(people.visitor.address);
    await confirm(page, page.getByRole("button", { name: "Set recipient" }));
    expect((await on.api.account(people.generalist.address)).data.recipient).to.equal(people.visitor.address);
  });

  it("challenges a statement, with its bond", async () => {
    const { hash } = on.stage.story.live.proposed;
    const { page, wallet } = await on.begin(`/statement/${hash}`);
    await confirm(page, page.getByRole("button", { name: "Challenge the root" }));
    const { data } = await on.api.challenges({ challenger: wallet.address });
    expect(data.map(({ statementHash, state }) => [statementHash, state])).to.deep.equal([[hash, "open"]]);
    await page.getByRole("link", { name: /Node 0 of level/ }).waitFor();
  });

  it("lets the scorer answer a challenge from the published files", async () => {
    const { hash } = on.stage.story.live.proposed;
    const [challenge] = (await on.api.statementChallenges(hash)).data;
    const { page } = await on.begin(`/challenge/${hash}/${challenge!.level}/0`, { as: "scorer" });
    await confirm(page, page.getByRole("button", { name: "Open the node" }));
    const after = (await on.api.challenge(hash, challenge!.level, 0)).data.challenge;
    expect([after.state, after.answeredBy]).to.deep.equal(["opened", on.stage.world.people.scorer.address]);
  });

  it("says that nothing is wrong where an answer shows nothing but the truth", async () => {
    const { hash, statement } = on.stage.story.live.proposed;
    const [challenge] = (await on.api.statementChallenges(hash)).data;
    const { page } = await on.begin(`/challenge/${hash}/${challenge!.level}/0`);
    await page
      .getByText(`All ${statement.payout.lines} lines that the answer shows are what index and report give`)
      .waitFor();
    await page.getByText("Challenge another line by its number").click();
    await page.getByLabel("Line", { exact: true }).fill("99");
    await page.getByText(`Give a number from 0 to ${Number(statement.payout.lines) - 1}.`, { exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Challenge it" }).getAttribute("aria-disabled")).to.equal("true");
  });

  it("finds the wrong line below an opened node, says why, and challenges it", async () => {
    const { challenged, wrongLine } = on.stage.story;
    const { suite, mails } = on.stage.world;
    const { proposed, file } = challenged;
    const { hash } = proposed;
    const { right } = await recompute(suite, proposed, statedIndex(proposed, mails.served.trained.indexFile));
    const scorer = await on.begin(`/challenge/${hash}/4/0`, { as: "dishonestScorer" });
    await scorer.page.getByText("You are the statement’s scorer.").waitFor();
    await scorer.page.getByText(`The answer shows these ${file.lines.length} lines`).waitFor();
    await confirm(scorer.page, scorer.page.getByRole("button", { name: "Open the node" }));
    await scorer.close();
    const { page, go, wallet } = await on.begin(`/challenge/${hash}/4/0`, { as: "challenger" });
    await page.getByText("You are the challenger.").waitFor();
    const [claims, gives] = [file.lines[wrongLine]!.payable, right.node(0, wrongLine).sum].map(grouped);
    await page.getByText(`line ${wrongLine} claims the weight ${claims!}, recomputed ${gives!}.`).waitFor();
    await page.getByRole("button", { name: `Refute line ${wrongLine}` }).waitFor();
    await confirm(page, page.getByRole("button", { name: `Challenge line ${wrongLine}` }));
    const { challenge, above } = (await on.api.challenge(hash, 0, wrongLine)).data;
    expect([challenge.state, challenge.challenger, above?.level]).to.deep.equal(["open", wallet.address, 4]);
    await page.getByText("is challenged already: the walk goes on there").waitFor();
    await go(`/challenge/${hash}/0/${wrongLine}`);
    await page.getByText(`index and report give ${gives!}.`).waitFor();
    await page.getByText("The line is wrong: the chain lets nobody defend it").waitFor();
  });

  it("checks lines in the browser, and refutes one that is wrong", async () => {
    const { final, challenged, wrongLine } = on.stage.story;
    const { page, go } = await on.begin(`/statement/${final.proposed.hash}`);
    const check = async (line: number): Promise<void> => {
      await page.getByRole("button", { name: `Check line ${line}`, exact: true }).click();
      await page.getByRole("button", { name: "Check it" }).click();
    };
    await check(0);
    await page.getByText("Everything fits: this line follows from what is on the chain.").waitFor();
    await go(`/statement/${challenged.proposed.hash}`);
    await check(wrongLine);
    await confirm(page, page.getByRole("button", { name: `Refute line ${wrongLine}` }));
    expect((await on.api.statement(challenged.proposed.hash)).data.state).to.equal("void");
  });

  it("takes a no of the wallet's owner", async () => {
    const { models } = on.stage.world;
    const { page, wallet } = await on.begin(`/model/${models.critic}`);
    wallet.refuseNext();
    await page.getByRole("button", { name: "Prepay", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Send with Test wallet" }).click();
    await dialog.getByText("You said no in Test wallet. Nothing more was sent.").waitFor();
    const { channels } = (await on.api.account(wallet.address)).data;
    expect(channels.some(({ model }) => model === Number(models.critic))).to.equal(false);
    await dialog.getByRole("button", { name: "Close" }).click();
    expect(await page.getByRole("button", { name: "Prepay", exact: true }).getAttribute("aria-disabled")).to.equal(
      "false",
    );
  });

  it("asks a wallet on another chain to switch, and says so at every button", async () => {
    const { models } = on.stage.world;
    const { page, wallet } = await on.begin(`/model/${models.critic}`);
    await wallet.goTo(1);
    const banner = page.getByRole("alert").filter({ hasText: "Your wallet is on chain 1" });
    await banner.waitFor();
    const prepay = page.getByRole("button", { name: "Prepay", exact: true });
    expect(await prepay.getAttribute("aria-disabled")).to.equal("true");
    await page.getByText("Switch the wallet to local chain first").first().waitFor();
    await prepay.click({ force: true });
    expect(await page.getByRole("dialog").count()).to.equal(0);
    wallet.refuseNext();
    await banner.getByRole("button", { name: "Switch to local chain" }).click();
    await banner.getByRole("button", { name: "Switch to local chain" }).click();
    await banner.waitFor({ state: "detached" });
    expect(await prepay.getAttribute("aria-disabled")).to.equal("false");
  });
});
