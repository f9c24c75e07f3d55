import { expect } from "chai";
import { parse, stringify } from "yaml";
import {
  type CardRegistration,
  exportModelCard,
  importModelCard,
  type Json,
  MODEL_KINDS,
  type ModelCard,
  type MetadataErrorCode,
} from "../../metadata/index.ts";
import { ADAPTER, AGENT, BASE, CARDS, FINETUNE, MERGE, QUANTIZED } from "./cards.ts";
import { expectMetadataError, Random, utf8 } from "./support.ts";

/** The part of a card that a registration says. */
function registrationOf(card: ModelCard): CardRegistration {
  const { kind, parents, datasets, licences, licenceName, licenceLink, tributary } = card;
  return {
    kind,
    parents,
    datasets,
    licences,
    ...(licenceName === undefined ? {} : { licenceName }),
    ...(licenceLink === undefined ? {} : { licenceLink }),
    ...(tributary === undefined ? {} : { tributary }),
  };
}

function frontMatter(card: string): Record<string, unknown> {
  return parse(card.slice(4, card.search(/\n---\r?\n/) + 1)) as Record<string, unknown>;
}

describe("importing a model card", () => {
  it("a base model has no parents", () =>
    expect(registrationOf(importModelCard(BASE))).to.deep.equal({
      kind: "base",
      parents: [],
      datasets: [],
      licences: ["apache-2.0"],
    }));

  it("a finetune has its parent, datasets and licence", () => {
    const card = importModelCard(FINETUNE);
    expect(registrationOf(card)).to.deep.equal({
      kind: "finetune",
      parents: ["river-labs/River-7B"],
      datasets: ["harbour/weather-dialogues", "HuggingFaceH4/no_robots"],
      licences: ["other"],
      licenceName: "river-community-licence",
      licenceLink: "https://huggingface.co/river-labs/River-7B/blob/main/LICENSE",
    });
    expect([card.kindSource, card.spdx]).to.deep.equal(["relation", []]);
  });

  it("an adapter of PEFT is inferred, and one dataset may stand alone", () => {
    const card = importModelCard(ADAPTER);
    expect([card.kind, card.kindSource, card.datasets]).to.deep.equal(["adapter", "inferred", ["tatsu-lab/alpaca"]]);
  });

  it("a merge has several parents, said or inferred", () => {
    expect(importModelCard(MERGE).parents).to.have.length(3);
    expect(importModelCard(MERGE).kindSource).to.equal("relation");
    const silent = importModelCard(MERGE.replace("base_model_relation: merge\n", ""));
    expect([silent.kind, silent.kindSource]).to.deep.equal(["merge", "inferred"]);
    expect(importModelCard("---\nbase_model: a/b\n---\n").kind).to.equal("finetune");
  });

  it("a quantized model, with line breaks of Windows", () => {
    const card = importModelCard(QUANTIZED);
    expect([card.kind, card.datasets, card.spdx]).to.deep.equal(["quantized", ["bigcode/the-stack"], ["MIT"]]);
    expect(card.body).to.equal("GGUF files.\r\n");
  });

  it("an agent says so under tributary", () => {
    const card = importModelCard(AGENT);
    expect([card.kind, card.kindSource]).to.deep.equal(["agent", "tributary"]);
    expect(card.licences).to.deep.equal(["apache-2.0", "cc-by-4.0"]);
    expect(card.spdx).to.deep.equal(["Apache-2.0", "CC-BY-4.0"]);
    expect(card.tributary).to.deep.include({ chain: 8453, model: 42 });
    expect(card.tributary).not.to.have.property("kind");
  });

  it("keeps all other keys, in their order, and the body", () => {
    for (const [name, text] of Object.entries(CARDS)) {
      const card = importModelCard(text);
      const known = [
        "license",
        "license_name",
        "license_link",
        "base_model",
        "base_model_relation",
        "datasets",
        "tributary",
      ];
      const others = Object.entries(frontMatter(text)).filter(([key]) => !known.includes(key));
      expect(Object.entries(card.unknown), name).to.deep.equal(others);
      expect(text.endsWith(card.body)).to.equal(true);
    }
    expect(importModelCard(MERGE).body).to.match(/^# Untitled[\s\S]*---\nmerge_method/);
  });

  it("takes bytes, a byte order mark, blank lines before the fence, and empty front matter", () => {
    expect(importModelCard(utf8(BASE)).source).to.equal(BASE);
    const card = importModelCard(utf8("\uFEFF\n--- \nlicense: mit\n---"));
    expect([card.licences, card.body]).to.deep.equal([["mit"], ""]);
    expect(importModelCard("---\n---\ntext").body).to.equal("text");
    expect(importModelCard("---\n# nothing yet\n---\n").kind).to.equal("base");
    expect(importModelCard("---\nlicense:\nbase_model: []\ndatasets: null\ntributary:\n---\n").kind).to.equal("base");
  });

  describe("throws", () => {
    const cases: [string, MetadataErrorCode, string, RegExp][] = [
      ["no fence", "no-front-matter", "# A model\n---\nlicense: mit\n---\n", /no front matter/],
      ["nothing", "no-front-matter", "", /no front matter/],
      ["no closing fence", "no-front-matter", "---\nlicense: mit\n# text\n", /no end/],
      ["a closing fence with text", "no-front-matter", "---\nlicense: mit\n--- no\n", /no end/],
      ["YAML that is broken", "bad-yaml", "---\ntags: [a\n---\n", /isn't YAML/],
      ["a key twice", "bad-yaml", "---\nlicense: mit\nlicense: mit\n---\n", /unique/],
      ["an alias without anchor", "bad-yaml", "---\ntags: *x\n---\n", /alias/i],
      ["too many aliases", "bad-yaml", `---\n${bomb()}---\n`, /alias/i],
      ["a list", "wrong-type", "---\n- license\n---\n", /no mapping/],
      ["a text", "wrong-type", "---\nlicense\n---\n", /no mapping/],
      ["a licence that is a number", "wrong-type", "---\nlicense: 2.0\n---\n", /license is 2/],
      ["a licence name that is a list", "wrong-type", "---\nlicense_name: [a]\n---\n", /license_name/],
      ["a parent that is a mapping", "wrong-type", "---\nbase_model: {name: a}\n---\n", /base_model/],
      ["a parent that is null", "wrong-type", "---\nbase_model:\n- a/b\n-\n---\n", /base_model\[1\]/],
      ["a dataset that is a number", "wrong-type", "---\ndatasets: [imdb, 123]\n---\n", /datasets\[1\] is 123.*quotes/],
      ["an empty name", "wrong-type", '---\ndatasets: [""]\n---\n', /datasets\[0\]/],
      [
        "a relation that is a list",
        "wrong-type",
        "---\nbase_model: a\nbase_model_relation: [merge]\n---\n",
        /one text/,
      ],
      ["a tributary that is text", "wrong-type", "---\ntributary: agent\n---\n", /kind: agent/],
      [
        "an unknown relation",
        "unknown-relation",
        "---\nbase_model: a\nbase_model_relation: lora\n---\n",
        /"lora".*adapter/,
      ],
      [
        "a relation in capitals",
        "unknown-relation",
        "---\nbase_model: a\nbase_model_relation: Merge\n---\n",
        /"Merge"/,
      ],
      ["an unknown kind", "unknown-kind", "---\ntributary: {kind: robot}\n---\n", /"robot".*agent/],
      ["a relation without a parent", "inconsistent", "---\nbase_model_relation: finetune\n---\n", /no base_model/],
      [
        "a relation and another kind",
        "inconsistent",
        "---\nbase_model: a\nbase_model_relation: merge\ntributary: {kind: agent}\n---\n",
        /remove one/,
      ],
      ["a base with a parent", "inconsistent", "---\nbase_model: a\ntributary: {kind: base}\n---\n", /remove one/],
      ["a kind without a parent", "inconsistent", "---\ntributary: {kind: merge}\n---\n", /name the parent/],
    ];
    for (const [what, code, card, says] of cases) {
      it(`${code} for ${what}`, () => void expectMetadataError(code, () => importModelCard(card), says));
    }
    it("invalid-utf8 for bytes that are no text", () =>
      void expectMetadataError("invalid-utf8", () => importModelCard(new Uint8Array([0x2d, 0xff])), /byte 1 /));
  });
});

describe("exporting a model card", () => {
  describe("of an imported card", () => {
    for (const [name, text] of Object.entries(CARDS)) {
      it(`${name}: an unchanged registration gives the same bytes`, () => {
        const card = importModelCard(text);
        expect(exportModelCard(card, { card })).to.equal(text);
        const silent: CardRegistration = { kind: card.kind, parents: card.parents, datasets: card.datasets };
        expect(exportModelCard(silent, { card })).to.equal(text);
      });
    }

    it("changes only the lines of what changed, and keeps comments", () => {
      const card = importModelCard(FINETUNE);
      const changed = exportModelCard(
        { ...card, kind: "merge", parents: ["a/b", "c/d"], licences: ["mit"], licenceLink: "LICENSE" },
        { card },
      );
      expect(changed).to.equal(
        FINETUNE.replace("base_model: river-labs/River-7B   # the parent", "base_model:\n- a/b\n- c/d   # the parent")
          .replace("base_model_relation: finetune", "base_model_relation: merge")
          .replace("license: other", "license: mit")
          .replace(/license_link: .*/, "license_link: LICENSE"),
      );
    });

    it("removes the lines of what is gone", () => {
      const card = importModelCard(FINETUNE);
      const changed = exportModelCard({ ...card, kind: "base", parents: [], datasets: [] }, { card });
      expect(changed).to.equal(
        FINETUNE.replace(/base_model: .*\nbase_model_relation: .*\n/, "").replace(/datasets:\n.*\n.*\n/, ""),
      );
    });

    it("adds what is new after the key that it belongs to, in the card's line breaks", () => {
      const adapter = importModelCard(ADAPTER);
      const line = "base_model: meta-llama/Meta-Llama-3-8B\n";
      expect(exportModelCard({ ...adapter, kind: "quantized" }, { card: adapter })).to.equal(
        ADAPTER.replace(line, `${line}base_model_relation: quantized\n`),
      );
      const quantized = importModelCard(QUANTIZED);
      const facts = { chain: 1, note: "no" };
      expect(exportModelCard({ ...quantized, tributary: facts }, { card: quantized })).to.equal(
        QUANTIZED.replace(
          'language: [en, "no", de]\r\n',
          (found) => `${found}tributary:\r\n  chain: 1\r\n  note: "no"\r\n`,
        ),
      );
    });

    it("makes an agent of a finetune and back", () => {
      const card = importModelCard(FINETUNE);
      const agent = importModelCard(exportModelCard({ ...card, kind: "agent" }, { card }));
      expect([agent.kind, agent.parents, agent.source]).to.deep.equal([
        "agent",
        card.parents,
        FINETUNE.replace("base_model_relation: finetune\n", "").replace(
          "hardware_used: 8 x H100\n",
          (found) => `${found}tributary:\n  kind: agent\n`,
        ),
      ]);
      const back = importModelCard(exportModelCard({ ...agent, kind: "finetune" }, { card: agent }));
      expect(registrationOf(back)).to.deep.equal(registrationOf(card));
    });

    it("says the relation where other parents would make another one be inferred", () => {
      const card = importModelCard("---\nbase_model: a/b\n---\n");
      const changed = importModelCard(exportModelCard({ ...card, parents: ["a/b", "c/d"] }, { card }));
      expect([changed.kind, changed.kindSource]).to.deep.equal(["finetune", "relation"]);
    });

    it("merges what is said under tributary", () => {
      const card = importModelCard(AGENT);
      const changed = importModelCard(exportModelCard({ ...card, tributary: { model: 43, shares: [1, 2] } }, { card }));
      expect(changed.tributary).to.deep.equal({ ...card.tributary, model: 43, shares: [1, 2] });
      expect(changed.unknown).to.deep.equal(card.unknown);
    });

    it("replaces the body if there is another", () => {
      const card = importModelCard(ADAPTER);
      expect(exportModelCard(card, { card, body: "# new\n" })).to.equal(ADAPTER.replace(card.body, "# new\n"));
    });

    it("changes front matter in braces as a whole, and keeps its keys", () => {
      const card = importModelCard("---\n{license: mit, tags: [a, b], base_model: x/y}\n---\nbody");
      const changed = importModelCard(
        exportModelCard({ ...card, kind: "base", parents: [], datasets: ["d"] }, { card }),
      );
      expect(registrationOf(changed)).to.deep.equal({ kind: "base", parents: [], datasets: ["d"], licences: ["mit"] });
      expect([changed.unknown, changed.body]).to.deep.equal([{ tags: ["a", "b"] }, "body"]);
    });

    it("fills empty front matter and a key without a value", () => {
      for (const text of ["---\n---\nx", "---\n# later\n---\nx", "---\nbase_model:\ndatasets:\n---\nx"]) {
        const card = importModelCard(text);
        const target: CardRegistration = { kind: "adapter", parents: ["a/b"], datasets: ["c", "d"], licences: ["mit"] };
        const changed = importModelCard(exportModelCard(target, { card }));
        expect(registrationOf(changed), changed.source).to.deep.equal(target);
        expect(changed.body).to.equal("x");
      }
    });

    it("refuses to cut an anchor that another key needs", () => {
      const card = importModelCard("---\nbase_model: &parent a/b\nextra: *parent\n---\n");
      const act = () => exportModelCard({ ...card, kind: "base", parents: [] }, { card });
      expectMetadataError("unwritable", act, /base_model/);
    });
  });

  describe("of a registration alone", () => {
    it("writes the keys in Hugging Face's words", () => {
      const card = exportModelCard(
        {
          kind: "adapter",
          parents: ["river-labs/River-7B"],
          datasets: ["harbour/weather"],
          licences: ["apache-2.0"],
          tributary: { chain: 1, model: 7 },
        },
        { body: "# Weather\n" },
      );
      expect(card).to.equal(
        "---\nlicense: apache-2.0\nbase_model: river-labs/River-7B\nbase_model_relation: adapter\n" +
          "datasets:\n- harbour/weather\ntributary:\n  chain: 1\n  model: 7\n---\n# Weather\n",
      );
    });

    it("quotes what a YAML reader would take for something else", () => {
      const names = ["no", "null", "1e3", "0o17", "12:30:00", "a: b", "# x", "- x", "é", "'", '"', "%", "2026-01-01"];
      const card = exportModelCard({ kind: "merge", parents: names, datasets: names });
      for (const version of ["1.1", "1.2"] as const) {
        const [, yaml] = card.split("---\n");
        const read = parse(yaml!, { version }) as Record<string, unknown>;
        expect([read.base_model, read.datasets]).to.deep.equal([names, names]);
      }
    });
  });

  describe("throws", () => {
    const cases: [string, MetadataErrorCode, CardRegistration, RegExp][] = [
      ["a base with parents", "inconsistent", { kind: "base", parents: ["a"], datasets: [] }, /no parents/],
      ["a relation without parents", "inconsistent", { kind: "merge", parents: [], datasets: [] }, /name it/],
      [
        "a kind under tributary",
        "inconsistent",
        { kind: "base", parents: [], datasets: [], tributary: { kind: "agent" } },
        /leave it out/,
      ],
      ["an empty name", "wrong-type", { kind: "base", parents: [], datasets: [""] }, /no name/],
      ["a name of two lines", "wrong-type", { kind: "finetune", parents: ["a\nb"], datasets: [] }, /one line/],
      ["an empty licence name", "wrong-type", { kind: "base", parents: [], datasets: [], licenceName: "" }, /no name/],
    ];
    for (const [what, code, registration, says] of cases) {
      it(`${code} for ${what}`, () => void expectMetadataError(code, () => exportModelCard(registration), says));
    }
  });
});

describe("round trips of model cards", () => {
  it("import → export → import loses nothing, whatever is changed (400 random cards)", () => {
    const random = new Random(97);
    for (let round = 0; round < 400; round++) {
      const text = randomCard(random);
      const card = importModelCard(text);
      expect(exportModelCard(card, { card })).to.equal(text);

      const target = randomRegistration(random);
      const changed = importModelCard(exportModelCard(target, { card }));
      expect(registrationOf(changed), `${text}\n=>\n${changed.source}`).to.deep.equal({
        ...target,
        ...(target.tributary === undefined && card.tributary === undefined
          ? {}
          : { tributary: { ...card.tributary, ...target.tributary } }),
        ...((target.licenceName ?? card.licenceName) === undefined
          ? {}
          : { licenceName: target.licenceName ?? card.licenceName }),
      });
      expect(Object.entries(changed.unknown)).to.deep.equal(Object.entries(card.unknown));
      expect(changed.body).to.equal(card.body);
      const comments = text.match(/# note \d+/g) ?? [];
      expect(changed.source.match(/# note \d+/g) ?? []).to.have.members(comments);

      expect(exportModelCard(changed, { card: changed })).to.equal(changed.source);
      const fresh = importModelCard(exportModelCard(target, { body: card.body }));
      expect([registrationOf(fresh), fresh.body]).to.deep.equal([target, card.body]);
    }
  });
});

function randomNames(random: Random, least: number): string[] {
  const pool = ["a/b", "river-labs/River-7B", "01-ai/Yi-34B", "no", "x: y", "ünï", "1234", "imdb", "it's", 'a "b"'];
  return Array.from({ length: random.integer(least, 3) }, () => pool[random.integer(0, pool.length - 1)]!);
}

function randomRegistration(random: Random): CardRegistration {
  const kind = MODEL_KINDS[random.integer(0, MODEL_KINDS.length - 1)]!;
  return {
    kind,
    parents: kind === "base" ? [] : randomNames(random, kind === "agent" ? 0 : 1),
    datasets: randomNames(random, 0),
    licences: randomNames(random, 0),
    ...(random.next() < 0.3 ? { licenceName: "my-licence 1.0" } : {}),
    ...(random.next() < 0.5
      ? { tributary: { model: random.integer(1, 9), note: "true", deep: { a: [1, null, "b: c"] } } }
      : {}),
  };
}

/** A card from a random registration with random other keys, comments that stand by themselves, and a random body. */
function randomCard(random: Random): string {
  const { kind, parents, datasets, licences, licenceName, tributary } = randomRegistration(random);
  const block = kind === "agent" ? { kind, ...tributary } : tributary;
  const says = kind !== "base" && kind !== "agent" && random.next() < 0.7;
  const known: [string, Json | undefined][] = [
    ["license", licences!.length === 1 ? licences![0] : licences],
    ["license_name", licenceName],
    ["base_model", parents.length === 1 && random.next() < 0.5 ? parents[0] : parents],
    ["base_model_relation", says ? kind : undefined],
    ["datasets", datasets],
    ["tributary", block],
  ];
  const pool: Json[] = [
    "plain",
    "two\nlines\n",
    ["a", "b # c"],
    { x: { y: [1, 2.5, { z: null }] } },
    true,
    null,
    "yes: no",
    "'",
    -0.5,
    [],
    {},
  ];
  const others = Array.from({ length: random.integer(0, 5) }, (_, i): [string, Json] => [
    `key ${i}`,
    pool[random.integer(0, pool.length - 1)]!,
  ]);
  const pairs = [...known.filter((pair): pair is [string, Json] => pair[1] !== undefined), ...others]
    .map((pair) => ({ pair, key: random.next() }))
    .sort((a, b) => a.key - b.key);
  const yaml = pairs
    .map(({ pair: [key, value] }, i) => {
      const flow = random.next() < 0.3;
      const text = stringify(
        { [key]: value },
        {
          lineWidth: 0,
          indentSeq: flow || random.next() < 0.5,
          defaultKeyType: "PLAIN",
          defaultStringType: random.next() < 0.3 ? "QUOTE_SINGLE" : "PLAIN",
          collectionStyle: flow ? "flow" : "any",
        },
      );
      // The outermost mapping would be in braces too; only the values should be.
      const unbraced = text.startsWith("{") ? stringify({ [key]: value }, { lineWidth: 0 }) : text;
      const before = random.next() < 0.3 ? `# note ${i}\n` : "";
      const after = random.next() < 0.2 ? "\n" : "";
      return before + unbraced + after;
    })
    .join("");
  const body = ["", "# text\n", "---\nnot: matter\n---\n", "\n\n  x", "é\u2028\r\n"][random.integer(0, 4)]!;
  const card = `---\n${yaml}---\n${body}`;
  return random.next() < 0.3 ? card.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n") : card;
}

function bomb(): string {
  const levels = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 6; i++) {
    const [name, before] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
    levels.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(", ")}]`);
  }
  return `${levels.join("\n")}\n`;
}
