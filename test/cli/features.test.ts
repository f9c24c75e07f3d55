import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import pico from "picocolors";
import type { Given, Outcome } from "../../cli/command.ts";
import { embedTexts } from "../../cli/edges/embedding.ts";
import { EXIT } from "../../cli/exit.ts";
import { retrain } from "../../cli/model.ts";
import {
  attributeContributions,
  buildIndex,
  ContributionSums,
  decodeIndex,
  decodeKroneckerWhitening,
  decodeSafetensors,
  encodeProjections,
  encodeSafetensors,
  encodeSoftmaxHead,
  factorVectors,
  flatten,
  halfCreditedRows,
  indexTree,
  matrix,
  packQ,
  pixelConfig,
  pixelFeatures,
  projectRows,
  ProjectionFit,
  quantiseQuery,
  queryDigest,
  readFactors,
  softmaxWhitening,
  toHex,
  trainRidge,
  trainSoftmax,
} from "../../scorer/index.ts";
import { Random } from "../scorer/support.ts";
import { execute } from "../support/process.ts";
import { contextOf, failure, runCommand as run } from "./support/inProcess.ts";

const EXPORT_TORCH = fileURLToPath(new URL("../../docs/examples/export_torch.py", import.meta.url));

/** An NPY file of float64 or int64. */
function npy(shape: readonly number[], data: Float64Array | BigInt64Array): Uint8Array {
  const descr = data instanceof Float64Array ? "<f8" : "<i8";
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }\n`;
  const prefix = [0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0, ...Buffer.from(header)];
  return Uint8Array.from([...prefix, ...new Uint8Array(data.buffer)]);
}

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((side) => [0, 0, side >> 8, side & 255]), ...data]);
}

describe("command line: where features come from", () => {
  const ROWS = 24;
  const CLASSES = 3;
  const random = new Random(23);
  const labels = Array.from({ length: ROWS }, (_, i) => i % CLASSES);
  const contributionOf = labels.map((_, i) => Math.floor(i / 5));
  const pixels = labels.flatMap((label) => [0, 1, 2, 3].map((j) => random.integer(0, 90) + (j === label ? 150 : 0)));
  const images = matrix(ROWS, 4, Float64Array.from(pixels));
  const bare = contributionOf.map((contribution) => JSON.stringify({ contribution })).join("\n");
  let folder = "";
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-features-"));
    const imported = npy([ROWS, 4], Float64Array.from(pixels));
    await Promise.all([
      writeFile(file("images.idx"), idx([ROWS, 2, 2], pixels)),
      writeFile(file("labels.idx"), idx([ROWS], labels)),
      writeFile(file("labels.npy"), npy([ROWS], BigInt64Array.from(labels, BigInt))),
      writeFile(file("x.npy"), imported),
      writeFile(file("rows.jsonl"), bare),
    ]);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  const trainPixels = (out: string): Promise<Outcome> =>
    run("train", {
      rows: file("rows.jsonl"),
      out: file(out),
      features: "pixels",
      images: file("images.idx"),
      labels: file("labels.idx"),
      lambda: "0.5",
      alpha: "0.25",
    });

  it("trains on pixels of three classes, and builds the index that the scorer makes of them", async () => {
    const { data } = await trainPixels("pixels");
    expect(data).to.deep.include({ rows: ROWS, contributions: 5, classes: 3, features: 5, lanes: 16, alpha: 0.25 });
    const config = JSON.parse(await readFile(file("pixels/features.json"), "utf8")) as unknown;
    expect(config).to.deep.equal(pixelConfig(images));
    const sources = {
      rows: file("rows.jsonl"),
      model: file("pixels"),
      images: file("images.idx"),
      labels: file("labels.idx"),
    };
    const built = await run("index build", { ...sources, out: file("pixels.trix"), rowCap: "4", contributions: "6" });

    const features = pixelFeatures(images, pixelConfig(images));
    const model = trainRidge(features, labels, 3, { kind: "class-balanced-ridge", version: 1, lambda: 0.5 });
    const phi = attributeContributions(model, { features, labels, contributionOf, contributions: 6 }, 0.25);
    const index = buildIndex(phi, [4, 4, 4, 4, 4, 0]);
    expect(built.data).to.deep.include({ root: indexTree(index).root, rows: ROWS, contributions: 6, lanes: 16 });
    expect(decodeIndex(new Uint8Array(await readFile(file("pixels.trix"))))).to.deep.equal(index);

    const verify = { ...sources, file: file("pixels.trix"), contributions: "6" };
    expect((await run("index verify", { ...verify, rowCap: "4" })).exitCode).to.equal(EXIT.ok);
    const otherSize = await run("index verify", { ...verify, rowCap: "4", contributions: "7" });
    expect(otherSize.exitCode).to.equal(EXIT.mismatch);
    expect(otherSize.data).to.deep.include({ matches: false });
  });

  it("refuses images that the model wasn't trained on, and sources that it doesn't have", async () => {
    await trainPixels("pixels");
    await writeFile(file("other.idx"), idx([ROWS, 2, 2], [...pixels.slice(4), 1, 2, 3, 4]));
    await writeFile(file("small.idx"), idx([ROWS, 1, 2], pixels.slice(0, 2 * ROWS)));
    const build = (changed: Readonly<Record<string, Given>>): ReturnType<typeof failure> =>
      failure(
        run("index build", {
          rows: file("rows.jsonl"),
          model: file("pixels"),
          images: file("images.idx"),
          labels: file("labels.idx"),
          out: file("never.trix"),
          ...changed,
        }),
      );
    const cases: [Readonly<Record<string, Given>>, number, string][] = [
      [{ images: file("other.idx") }, EXIT.mismatch, "another head.bin"],
      [{ images: file("small.idx") }, EXIT.error, "images of 2 pixels for a model of 4"],
      [{ images: undefined }, EXIT.usage, "need --images FILE"],
      [{ features: file("x.npy") }, EXIT.usage, "--features FILE is for models"],
      [{ contributions: "4" }, EXIT.error, "more than 4 contributions"],
      [{ labels: file("images.idx") }, EXIT.error, "3 sides"],
      [{ images: file("rows.jsonl") }, EXIT.error, "in none of NPY, IDX and safetensors"],
    ];
    for (const [changed, exitCode, message] of cases) {
      const failed = await build(changed);
      expect(failed.message).to.include(message);
      expect(failed.exitCode, message).to.equal(exitCode);
    }
  });

  it("trains on a file of features, and knows it again by its digest", async () => {
    const given = { rows: file("rows.jsonl"), labels: file("labels.npy") };
    const { data } = await run("train", {
      ...given,
      out: file("imported"),
      features: file("x.npy"),
      rule: "influence",
    });
    expect(data).to.deep.include({ featureKind: "imported", features: 5, alpha: 1 });
    // The same numbers as a tensor of another file, of another digest.
    await writeFile(
      file("x.safetensors"),
      encodeSafetensors({ features: { shape: [ROWS, 4], data: Float64Array.from(pixels) } }),
    );
    const build = { ...given, model: file("imported"), out: file("imported.trix") };
    const failed = await failure(run("index build", { ...build, features: file("x.safetensors") }));
    expect(failed.exitCode).to.equal(EXIT.mismatch);
    expect(failed.message).to.include("use that file");
    const built = await run("index build", { ...build, features: file("x.npy") });
    const same = await run("train", {
      ...given,
      out: file("same"),
      features: file("x.safetensors"),
      rule: "influence",
    });
    expect((same.data.digests as Record<string, string>).head).to.equal((data.digests as Record<string, string>).head);
    expect(built.data).to.deep.include({ contributions: 5 });
  });

  it("refuses labels and features that don't fit the rows, and folders of another model", async () => {
    await trainPixels("pixels");
    await writeFile(file("few.idx"), idx([ROWS - 1], labels.slice(1)));
    await writeFile(file("labelled.jsonl"), bare.replace('"contribution":0}', '"contribution":0,"label":2}'));
    await writeFile(file("short.jsonl"), bare.slice(0, bare.lastIndexOf("\n")));
    const texts = labels.map((label) => JSON.stringify({ contribution: 0, subject: "s", body: "b", label })).join("\n");
    await writeFile(file("texts.jsonl"), texts);
    const imported = { features: file("x.npy"), labels: file("labels.npy"), out: file("never") };
    const cases: [Readonly<Record<string, Given>>, string][] = [
      [{ ...imported, rows: file("rows.jsonl"), labels: file("few.idx") }, "24 rows, and"],
      [{ ...imported, rows: file("labelled.jsonl") }, "line 1 of"],
      [{ ...imported, rows: file("short.jsonl"), labels: file("few.idx") }, "features of 24"],
      [{ rows: file("rows.jsonl"), out: file("never") }, '"subject" is missing'],
      [{ rows: file("texts.jsonl"), out: file("pixels") }, "has features.json, of a model with other features"],
      [{ ...imported, rows: file("rows.jsonl"), features: file("labels.npy") }, "has 1 sides"],
    ];
    for (const [given, message] of cases) {
      const failed = await failure(run("train", given));
      expect(failed.message).to.include(message);
      expect(failed.exitCode, message).to.equal(EXIT.error);
    }
  });

  describe("softmax heads", () => {
    const sources = (): Readonly<Record<string, Given>> => ({
      rows: file("rows.jsonl"),
      images: file("images.idx"),
      labels: file("labels.idx"),
    });
    const trainSoft = (out: string, more: Readonly<Record<string, Given>> = {}): Promise<Outcome> =>
      run("train", { ...sources(), out: file(out), features: "pixels", head: "softmax", ...more });

    it("are trained, and their index has the sums of whitened factors, written out", async () => {
      const { data, render } = await trainSoft("softmax", { lambda: "0.5" });
      expect(data).to.deep.include({
        head: "softmax",
        rule: "half-credited",
        alpha: 0.8,
        lambda: 0.5,
        classes: 3,
        lanes: 16,
      });
      const digests = data.digests as Record<string, string>;
      expect(Object.keys(digests).sort()).to.deep.equal(["features", "head", "method", "softmax", "whitening"]);
      const method = JSON.parse(await readFile(file("softmax/method.json"), "utf8")) as unknown;
      expect(method).to.deep.equal({
        rule: "half-credited",
        version: 1,
        head: "softmax",
        alpha: 0.8,
        whitening: "kfac",
        lambda: 0.5,
        classes: 3,
        features: 5,
        lanes: 16,
      });
      expect(render(pico.createColors(false)))
        .to.include("softmax.json")
        .and.to.include("half-credited, alpha 0.8");

      const features = pixelFeatures(images, pixelConfig(images));
      const config = { kind: "class-balanced-softmax", version: 1, lambda: 0.5 } as const;
      const model = trainSoftmax(features, labels, 3, config);
      const whitening = softmaxWhitening(model, { features, labels }, 0.5);
      expect(new Uint8Array(await readFile(file("softmax/head.bin")))).to.deep.equal(encodeSoftmaxHead(model.head));
      expect(decodeKroneckerWhitening(new Uint8Array(await readFile(file("softmax/whitening.bin"))))).to.deep.equal(
        whitening,
      );
      const each = flatten(halfCreditedRows(model, whitening, { features, labels }));
      const sums = new Float64Array(5 * 16);
      contributionOf.forEach((owner, i) => {
        for (let j = 0; j < 10; j++) sums[owner * 16 + j]! += each.data[i * 10 + j]!;
      });
      const expected = buildIndex(matrix(5, 16, sums), [5, 5, 5, 5, 4]);
      const build = { ...sources(), model: file("softmax"), out: file("softmax.trix") };
      expect((await run("index build", build)).data).to.deep.include({ lanes: 16, contributions: 5, projection: null });
      const built = decodeIndex(new Uint8Array(await readFile(file("softmax.trix"))));
      expect([...built.exponents]).to.deep.equal([...expected.exponents]);
      // Whitened after summing, not before: a rounding apart at most.
      built.lanes.forEach((lane, at) => expect(Math.abs(lane - expected.lanes[at]!)).to.be.at.most(1));
      const verify = await run("index verify", { ...sources(), model: file("softmax"), file: file("softmax.trix") });
      expect(verify.exitCode).to.equal(EXIT.ok);
    });

    it("are refused with rows of another model, and next to a model with another head", async () => {
      await trainSoft("softmax");
      await trainPixels("pixels");
      expect((await failure(trainSoft("pixels"))).message).to.include("has ridge.json");
      const file0 = new Uint8Array(await readFile(file("softmax/whitening.bin")));
      file0[20]! ^= 1;
      await mkdir(file("spoilt"), { recursive: true });
      for (const name of ["head.bin", "method.json", "softmax.json", "features.json"])
        await writeFile(file(`spoilt/${name}`), await readFile(file(`softmax/${name}`)));
      await writeFile(file("spoilt/whitening.bin"), file0);
      const build = { ...sources(), model: file("spoilt"), out: file("never.trix") };
      expect((await failure(run("index build", build))).message).to.include("another whitening.bin");
      await writeFile(file("spoilt/method.json"), '{"rule":"half-credited","head":"tree","alpha":1}');
      expect((await failure(run("index build", build))).message).to.include("no rule, head and alpha");
    });

    it("and ridge heads are paid by the rule that was chosen; by row count without an index", async () => {
      for (const [head, rule, alpha] of [
        ["softmax", "influence", 1],
        ["softmax", "hat", 0],
        ["ridge", "hat", 0],
      ] as const) {
        const out = `${head}-${rule}`;
        expect((await trainSoft(out, { head, rule })).data).to.deep.include({ head, rule, alpha, lanes: 16 });
        const method = JSON.parse(await readFile(file(`${out}/method.json`), "utf8")) as Record<string, unknown>;
        expect(method).to.deep.include({ rule, alpha });
        await run("index build", { ...sources(), model: file(out), out: file("rule.trix") });
      }
      const refused = await failure(trainSoft("never", { rule: "hat", alpha: "0.5" }));
      expect([refused.exitCode, refused.message]).to.deep.equal([
        EXIT.usage,
        "--alpha is for --rule half-credited: hat is alpha 0",
      ]);
      const notes: string[] = [];
      const given = { ...sources(), out: file("pro-rata"), features: "pixels", rule: "pro-rata" };
      const { data } = await run("train", given, notes);
      expect(data).to.deep.include({ rule: "pro-rata", alpha: null, lanes: 0 });
      expect(notes.join("\n")).to.include("no index is built");
      expect(JSON.parse(await readFile(file("pro-rata/method.json"), "utf8"))).to.deep.equal({
        rule: "pro-rata",
        version: 1,
        head: "ridge",
        lambda: 1,
        classes: 3,
        features: 5,
      });
      const failed = await failure(
        run("index build", { ...sources(), model: file("pro-rata"), out: file("never.trix") }),
      );
      expect(failed.message).to.include("the model's rule is pro-rata").and.to.include("there is no index");
    });
  });

  it("notes when a model has more lanes than an index", async () => {
    const many = Array.from({ length: 34 }, (_, i) =>
      JSON.stringify({
        contribution: 0,
        subject: `word${"abcdefghijklmnopq".charAt(i % 17)}`,
        body: "",
        label: i % 17,
      }),
    );
    await writeFile(file("many.jsonl"), many.join("\n"));
    const notes: string[] = [];
    const { data } = await run("train", { rows: file("many.jsonl"), out: file("many") }, notes);
    expect(data).to.deep.include({ classes: 17, lanes: 8_704 });
    expect(notes.join("\n")).to.include("No index can be built");
  });

  describe("of other frameworks", () => {
    const sides = { a: 3, g: 2 };
    const a = Float64Array.from({ length: ROWS * sides.a }, () => random.gaussian());
    const g = Float64Array.from({ length: ROWS * sides.g }, () => random.gaussian());
    const ids = Int32Array.from(contributionOf);
    const shard = (from: number, to: number): Uint8Array =>
      encodeSafetensors({
        a: { shape: [to - from, sides.a], data: a.slice(from * sides.a, to * sides.a) },
        g: { shape: [to - from, sides.g], data: g.slice(from * sides.g, to * sides.g) },
        contribution: { shape: [to - from], data: ids.slice(from, to) },
      });
    const rootOf = async (given: Readonly<Record<string, Given>>): Promise<unknown> =>
      (await run("index build", { out: file("factors.trix"), ...given })).data.root;

    before(async () => {
      await mkdir(file("shards"));
      await mkdir(file("arrays"));
      await Promise.all([
        writeFile(file("whole.safetensors"), shard(0, ROWS)),
        writeFile(file("shards/1.safetensors"), shard(0, 7)),
        writeFile(file("shards/2.safetensors"), shard(7, ROWS)),
        writeFile(file("arrays/a.npy"), npy([ROWS, sides.a], a)),
        writeFile(file("arrays/g.npy"), npy([ROWS, sides.g], g)),
        writeFile(file("arrays/contribution.npy"), npy([ROWS], BigInt64Array.from(contributionOf, BigInt))),
      ]);
    });

    it("give the same index from one file, several, arrays, and with the rows named elsewhere", async () => {
      const phi = Float64Array.from({ length: ROWS * 6 }, (_, at) => {
        const [i, lane] = [Math.floor(at / 6), at % 6];
        return g[i * 2 + Math.floor(lane / 3)]! * a[i * 3 + (lane % 3)]!;
      });
      await writeFile(file("phi.npy"), npy([ROWS, 6], phi));
      const sums = Array.from({ length: 5 }, (_, s) =>
        Array.from({ length: 16 }, (__, j) =>
          contributionOf.reduce((sum, owner, i) => sum + (owner === s && j < 6 ? phi[i * 6 + j]! : 0), 0),
        ),
      );
      const expected = buildIndex(matrix(5, 16, Float64Array.from(sums.flat())), [5, 5, 5, 5, 4]);
      const roots = [
        await rootOf({ factors: file("whole.safetensors") }),
        await rootOf({ factors: file("shards") }),
        await rootOf({ factors: file("arrays") }),
        await rootOf({ factors: file("phi.npy"), rows: file("rows.jsonl") }),
      ];
      expect(roots).to.deep.equal(new Array(4).fill(indexTree(expected).root));
    });

    it("verify an index, and find another", async () => {
      await rootOf({ factors: file("whole.safetensors") });
      const verify = (factors: string): Promise<Outcome> =>
        run("index verify", { file: file("factors.trix"), factors: file(factors) });
      const right = await verify("shards");
      expect(right.exitCode).to.equal(EXIT.ok);
      expect(right.data).to.deep.include({ matches: true, contributions: 5, lanes: 16 });
      const wrong = await verify("shards/1.safetensors");
      expect(wrong.exitCode).to.equal(EXIT.mismatch);
      expect(wrong.data).to.deep.include({ matches: false });
    });

    it("are projected to fewer lanes, and queries with the same file", async () => {
      const out = { out: file("projected.trix"), lanes: "2x2", projectionOut: file("projection.trkp") };
      const { data } = await run("index build", { factors: file("whole.safetensors"), ...out });
      expect(data).to.deep.include({ lanes: 16, contributions: 5, rows: ROWS, projection: file("projection.trkp") });
      const read = readFactors(decodeSafetensors(shard(0, ROWS)));
      const fit = new ProjectionFit();
      fit.add(read);
      const projections = fit.projections([2, 2]);
      expect(new Uint8Array(await readFile(file("projection.trkp")))).to.deep.equal(encodeProjections(projections));
      const sums = new ContributionSums();
      sums.add(projectRows(projections, read));
      expect(data.root).to.equal(indexTree(buildIndex(sums.matrix(), [5, 5, 5, 5, 4])).root);
      // From several files, fitted again or with the file.
      expect(await rootOf({ factors: file("shards"), ...out })).to.equal(data.root);
      const verify = { file: file("projected.trix"), factors: file("shards") };
      expect((await run("index verify", { ...verify, lanes: "2x2" })).exitCode).to.equal(EXIT.ok);
      expect((await run("index verify", { ...verify, projection: file("projection.trkp") })).exitCode).to.equal(
        EXIT.ok,
      );
      expect((await run("index verify", verify)).exitCode).to.equal(EXIT.mismatch);

      const asked = { factors: file("shards"), projection: file("projection.trkp"), out: file("queries.jsonl") };
      expect((await run("index queries", asked)).data).to.deep.include({ queries: ROWS, lanes: 16 });
      const lines = (await readFile(file("queries.jsonl"), "utf8")).trimEnd().split("\n");
      const psi = factorVectors(projectRows(projections, read));
      lines.forEach((line, i) => {
        const query = quantiseQuery(psi.data.subarray(i * 16, (i + 1) * 16));
        const lanes = toHex(packQ(query.lanes));
        expect(JSON.parse(line)).to.deep.equal({ exponent: query.exponent, lanes, digest: queryDigest(query) });
      });
    });

    it("refuse projections that don't go with them", async () => {
      const whole = { factors: file("whole.safetensors"), out: file("never.trix") };
      const out = { projectionOut: file("never.trkp") };
      const cases: [Readonly<Record<string, Given>>, number, string][] = [
        [{ ...whole, lanes: "2x2" }, EXIT.usage, "go together"],
        [{ ...whole, ...out }, EXIT.usage, "go together"],
        [{ ...whole, ...out, lanes: "0x2" }, EXIT.usage, "expected KAxKG"],
        [{ ...whole, ...out, lanes: "2x2", projection: file("projection.trkp") }, EXIT.usage, "leave it out"],
        [
          { factors: file("phi.npy"), rows: file("rows.jsonl"), out: file("x"), lanes: "2x2", ...out },
          EXIT.error,
          "only factors",
        ],
        [{ rows: file("rows.jsonl"), model: "m", out: file("x"), projection: "p" }, EXIT.usage, "--projection is for"],
        [{ ...whole, projection: file("whole.safetensors") }, EXIT.error, "TRKP"],
      ];
      for (const [given, exitCode, message] of cases) {
        const failed = await failure(run("index build", given));
        expect(failed.message).to.include(message);
        expect(failed.exitCode, message).to.equal(exitCode);
      }
    });

    it("are refused when they are damaged, missing or of other rows", async () => {
      await mkdir(file("empty"), { recursive: true });
      await writeFile(file("cut.safetensors"), shard(0, 4).subarray(0, 300));
      await writeFile(file("three.jsonl"), '{"contribution":0}\n{"contribution":1}\n{"contribution":1}\n');
      const cases: [Readonly<Record<string, Given>>, string][] = [
        [{ factors: file("nowhere.safetensors") }, "there is no such file"],
        [{ factors: file("empty") }, "neither .safetensors nor .npy files"],
        [{ factors: file("cut.safetensors") }, "cut.safetensors: the file ends at offset 300"],
        [{ factors: file("phi.npy") }, "nothing says to which contributions"],
        [{ factors: file("phi.npy"), rows: file("three.jsonl") }, "24 rows, and there are 3"],
        [{ factors: file("shards/1.safetensors"), rows: file("rows.jsonl") }, "features of 7 rows, and 24 rows"],
      ];
      for (const [given, message] of cases) {
        const failed = await failure(run("index build", { ...given, out: file("never.trix") }));
        expect(failed.message).to.include(message);
        expect(failed.exitCode, message).to.equal(EXIT.error);
      }
    });

    it("come from PyTorch as docs/examples writes them: the sums are the gradients", async function () {
      this.timeout(60_000);
      const out = file("torch.safetensors");
      // Debian's torch is installed for the system's Python, which need not be the first on the path.
      const ran = await execute("/usr/bin/python3", [EXPORT_TORCH, "--out", out, "--check"]).catch(() => undefined);
      if (ran === undefined || ran.stderr.includes("No module named 'torch'")) this.skip();
      const { stdout, stderr, code } = ran;
      expect(code, stderr).to.equal(0);
      const result = JSON.parse(stdout) as Record<"autograd" | "finiteDifferences" | "lanes", number> & {
        sums: number[][];
      };
      expect(result.autograd).to.be.at.most(1e-12);
      expect(result.finiteDifferences).to.be.at.most(1e-7);
      const sums = new ContributionSums();
      sums.add(readFactors(decodeSafetensors(new Uint8Array(await readFile(out)))));
      const summed = sums.matrix();
      result.sums.forEach((expected, s) => {
        expected.forEach((value, j) => {
          const lane = summed.data[s * summed.columns + j] ?? Number.NaN;
          expect(Math.abs(lane - value), `contribution ${s}, lane ${j}`).to.be.at.most(1e-12);
        });
      });
      const { data } = await run("index build", { factors: out, out: file("torch.trix") });
      expect(data).to.deep.include({ contributions: 6, lanes: 16 * Math.ceil(result.lanes / 16) });
    });
  });

  describe("sentence embeddings", () => {
    const texts = Array.from({ length: 6 }, (_, i) => ({
      contribution: i % 3,
      subject: i % 2 === 0 ? "free offer" : "",
      body: i % 2 === 0 ? `cheap money ${i}` : `meeting notes ${i}`,
      label: i % 2,
    }));
    const jsonl = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join("\n");

    it("train a model, which keeps them; an index is built of fresh ones", async function () {
      this.timeout(60_000);
      const rows = file("mails.jsonl");
      await writeFile(rows, jsonl(texts));
      await writeFile(file("changed.jsonl"), jsonl(texts.map((row) => ({ ...row, subject: "x" }))));
      const [first, fresh, again, changed]: string[][] = [[], [], [], []];
      const { data } = await run("train", { rows, out: file("minilm"), features: "minilm" }, first);
      expect(data).to.deep.include({ featureKind: "sentence-embedding", features: 385, trainingAccuracy: 1 });
      expect(first).to.include("Embedding 6 texts");
      expect(first?.filter((note) => note.startsWith("6/6 texts, "))).to.have.length(1);

      await run("index build", { rows, model: file("minilm"), out: file("minilm.trix") }, fresh);
      expect(fresh).to.include("Embedding 6 texts");
      await retrain(contextOf(again ?? []), file("minilm"), { rows }, true);
      expect(again).not.to.include("Embedding 6 texts");
      // Other texts aren't those that were kept.
      const other = retrain(contextOf(changed ?? []), file("minilm"), { rows: file("changed.jsonl") }, true);
      expect((await failure(other)).exitCode).to.equal(EXIT.mismatch);
      expect(changed).to.include("Embedding 6 texts");
    });

    it("are the same of one text alone and of many, which several threads share", async function () {
      this.timeout(60_000);
      const many = Array.from({ length: 24 }, (_, i) => `a few words, number ${i}`);
      const [together, alone] = [
        await embedTexts(many, () => undefined),
        await embedTexts([many[13]!], () => undefined),
      ];
      expect([together.rows, together.columns]).to.deep.equal([24, 384]);
      expect(together.data.slice(13 * 384, 14 * 384)).to.deep.equal(alone.data);
      expect(together.data.slice(0, 384)).not.to.deep.equal(alone.data);
    });

    it("of another encoder are refused", async () => {
      const config = JSON.parse(await readFile(file("minilm/features.json"), "utf8")) as object;
      await mkdir(file("foreign"), { recursive: true });
      for (const name of ["method.json", "ridge.json"])
        await writeFile(file(`foreign/${name}`), await readFile(file(`minilm/${name}`)));
      await writeFile(file("foreign/features.json"), JSON.stringify({ ...config, weights: `0x${"11".repeat(32)}` }));
      const failed = await failure(
        run("index build", { rows: file("mails.jsonl"), model: file("foreign"), out: file("never.trix") }),
      );
      expect(failed.exitCode).to.equal(EXIT.mismatch);
      expect(failed.message).to.include("install the version");
    });
  });
});
