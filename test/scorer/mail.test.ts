import { expect } from "chai";
import { parseMail, spamLabel } from "../../scorer/index.ts";
import { expectScorerError } from "./support.ts";

const mailFrom = (from: string): string => `From: ${from}\nSubject: s\n\nb`;

describe("mail", () => {
  it("is read from unfolded headers, past the mbox line", () => {
    const raw = [
      "From sue@mbox.invalid  Mon Jul 22 18:39:55 2002",
      "Received: from a",
      "\tby b",
      'FROM: "Sue, Ltd."',
      " <sue@Lists.Example.COM>",
      "Subject: Build a",
      "   great future",
      "To: x@y.z",
      "",
      "Hello",
      "",
      "Subject: not this",
    ].join("\n");
    const expected = { domain: "example.com", subject: "Build a great future", body: "Hello\n\nSubject: not this" };
    expect(parseMail(raw)).to.deep.equal(expected);
    expect(parseMail(raw.replace(/\n/g, "\r\n"))).to.deep.equal(expected);
  });

  it("gives the last two labels of the sender's domain", () => {
    const senders: [string, string][] = [
      ["a@b.example.com", "example.com"],
      ["<a@example.com>", "example.com"],
      ["a@example.com (Al <al>)", "example.com"],
      ['"x@fake.invalid" <a@real.org>', "real.org"],
      ["A <a@MAIL.example.co.uk.>", "co.uk"],
    ];
    for (const [from, domain] of senders) expect(parseMail(mailFrom(from)).domain, from).to.equal(domain);
  });

  it("keeps nobody's address", () => {
    const mail = parseMail(
      "From: al@secret.example.com\nTo: bo@b.org\nSubject: for bo@b.org\n\nwrite to cy.d+e@c.net, <DI@d.example>\nal@secret.example.com",
    );
    expect(JSON.stringify(mail)).not.to.match(/@|secret|bo\b|cy|DI/);
    expect(mail.subject).to.equal("for mailaddress");
  });

  it("drops HTML tags and keeps comparisons", () => {
    expect(
      parseMail(`${mailFrom("a@b.c")}<p class="x">one</p><!-- c --><BR/>2 < 3 > 1`).body.replace(/ +/g, " "),
    ).to.equal("b one 2 < 3 > 1");
  });

  it("has an empty subject and body when there are none", () => {
    expect(parseMail("From: a@b.c")).to.deep.equal({ domain: "b.c", subject: "", body: "" });
  });

  describe("throws bad-mail", () => {
    it("without a From header", () => expectScorerError("bad-mail", () => parseMail("Subject: s\n\nFrom: a@b.c")));
    it("without a domain of two labels", () => {
      for (const from of ["nobody", "a@localhost", "a@", ""])
        expectScorerError("bad-mail", () => parseMail(mailFrom(from)));
    });
  });

  it("has its class by the group it is in", () => {
    expect(["spam-1", "spam-2", "easy-ham-1", "easy-ham-2", "hard-ham-1"].map(spamLabel)).to.deep.equal([
      1, 1, 0, 0, 0,
    ]);
    for (const group of ["", "spam", "ham-1", "not-spam-1"]) expectScorerError("bad-mail", () => spamLabel(group));
  });
});
