import type { BatchReader } from "../../typechain-types/index.ts";
import { item } from "../support/fixture.ts";
import { Curation, LICENCE, TERMS } from "../support/lineage.ts";
import { randomFrom } from "../support/random.ts";
import type { Suite } from "../support/suite.ts";

/** Who plays: addresses of unlocked wallets. */
export interface Cast {
  /** Proposes right statements only, and answers every challenge of them in time. */
  readonly honestScorer: string;
  /** Recomputes every statement that it watches, and acts in time on wrong ones. */
  readonly watcher: string;
  /** Propose, challenge, answer and refute whatever comes to their mind. */
  readonly rogues: readonly string[];
  /** No rights, no bonds: ends what is left when everybody is silent. */
  readonly anonymous: string;
  readonly payer: string;
  readonly modelOwners: readonly string[];
  readonly datasetOwners: readonly string[];
  readonly operatorKey: string;
  /** A contract for which the operator's key signs. */
  readonly operatorContract: string;
  readonly contributors: readonly string[];
}

/** A dataset with one frozen version. */
export interface PlayedDataset {
  readonly id: number;
  readonly owner: string;
  readonly contributors: readonly string[];
  /** Counted rows; 0 for a retired contribution. */
  readonly rows: readonly number[];
  readonly proRataBps: number;
}

export interface AttributionStage {
  readonly suite: Suite;
  readonly reader: BatchReader;
  readonly cast: Cast;
  readonly datasets: readonly PlayedDataset[];
}

/** Lines of the datasets: trees of depth 0, 2, 3, 5, 6 and 9. */
const SIZES = [1, 3, 7, 23, 40, 300] as const;
export const STREAM_BPS = 500;
/** Of all demo dollars that there can be. */
export const RICH = 2n ** 78n;

/** The datasets that all histories of a run share. */
export async function prepareStage(suite: Suite): Promise<AttributionStage> {
  const { ethers, wallets, currency, vault, market, provider } = suite;
  const addresses = wallets.map(({ address }) => address);
  const operatorKey = item(addresses, 12);
  const operatorContract = await ethers.deployContract("SignerWallet", [operatorKey]);
  const cast: Cast = {
    honestScorer: item(addresses, 0),
    watcher: item(addresses, 1),
    rogues: addresses.slice(2, 6),
    anonymous: item(addresses, 6),
    payer: item(addresses, 7),
    modelOwners: addresses.slice(8, 10),
    datasetOwners: addresses.slice(10, 12),
    operatorKey,
    operatorContract: await operatorContract.getAddress(),
    contributors: addresses.slice(13, 17),
  };
  await currency.mint(cast.payer, RICH);
  for (const spender of [vault, market]) {
    await currency.connect(await ethers.getSigner(cast.payer)).approve(spender, RICH);
  }
  const datasets: PlayedDataset[] = [];
  const random = randomFrom(SIZES.length);
  const to = await suite.datasets.getAddress();
  const send = async (from: string, data: string): Promise<unknown> =>
    provider.request({ method: "eth_sendTransaction", params: [{ from, to, data, gas: "0x1000000" }] });
  const { interface: face } = suite.datasets;
  for (const size of SIZES) {
    const id = datasets.length + 1;
    const owner = item(cast.datasetOwners, id % 2);
    const proRataBps = random.pick([0, 700, 3_333]);
    const terms = { ...TERMS, curation: Curation.Open, streamBps: STREAM_BPS, proRataBps, rowCap: 5_000 };
    await send(owner, face.encodeFunctionData("createDataset", [terms, LICENCE, random.hex(32), ""]));
    const contributors: string[] = [];
    const rows: number[] = [];
    for (let place = 0; place < size; place++) {
      const contributor = random.pick(cast.contributors);
      contributors.push(contributor);
      rows.push(random.integer(1, 5_000));
      const root = random.hex(32);
      await send(contributor, face.encodeFunctionData("contribute", [id, root, item(rows, place), ""]));
    }
    const retired = random.integer(1, size);
    if (retired < size) {
      rows[retired] = 0;
      await send(item(contributors, retired), face.encodeFunctionData("retire", [id, retired]));
    }
    await send(owner, face.encodeFunctionData("freeze", [id]));
    datasets.push({ id, owner, contributors, rows, proRataBps });
  }
  return { suite, reader: await ethers.deployContract("BatchReader"), cast, datasets };
}
