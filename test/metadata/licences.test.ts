import { expect } from "chai";
import { cardLicenceOfSpdx, licenceOfUrl, licenceUrl, spdxOfCardLicence } from "../../metadata/index.ts";
import { expectMetadataError } from "./support.ts";

describe("licences", () => {
  it("an SPDX id becomes its page and comes back, in SPDX's own case", () => {
    for (const [written, id] of [
      ["mit", "MIT"],
      ["CC-BY-4.0", "CC-BY-4.0"],
      ["odbl-1.0", "ODbL-1.0"],
      ["AGPL-3.0-only", "AGPL-3.0-only"],
      ["Some-New-1.0", "Some-New-1.0"],
    ] as const) {
      expect(licenceUrl(written)).to.equal(`https://spdx.org/licenses/${id}`);
      expect(licenceOfUrl(licenceUrl(written))).to.equal(id);
    }
  });

  it("an address stays as it is", () => {
    expect(licenceUrl("https://coqui.ai/cpml")).to.equal("https://coqui.ai/cpml");
    expect(licenceOfUrl("https://coqui.ai/cpml")).to.equal(undefined);
  });

  it("addresses in use are known", () => {
    for (const [address, id] of [
      ["https://spdx.org/licenses/MIT.html", "MIT"],
      ["http://www.spdx.org/licenses/apache-2.0", "Apache-2.0"],
      ["https://creativecommons.org/licenses/by-nc-sa/4.0/", "CC-BY-NC-SA-4.0"],
      ["https://creativecommons.org/licenses/by/4.0/legalcode.en", "CC-BY-4.0"],
      ["https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"],
      ["https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"],
      ["https://opensource.org/license/mit", "MIT"],
      ["https://choosealicense.com/licenses/bsd-3-clause/", "BSD-3-Clause"],
    ] as const) {
      expect(licenceOfUrl(address), address).to.equal(id);
    }
  });

  it("Hugging Face's names are SPDX ids and back", () => {
    for (const [card, spdx] of [
      ["apache-2.0", "Apache-2.0"],
      ["odc-by", "ODC-By-1.0"],
      ["gpl-3.0", "GPL-3.0-only"],
      ["cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0"],
    ] as const) {
      expect(spdxOfCardLicence(card)).to.equal(spdx);
      expect(cardLicenceOfSpdx(spdx)).to.equal(card);
    }
    for (const family of ["other", "llama3", "cc", "openrail", "constructor"]) {
      expect(spdxOfCardLicence(family)).to.equal(undefined);
    }
    expect(cardLicenceOfSpdx("Some-New-1.0")).to.equal("some-new-1.0");
  });

  for (const licence of ["", "MIT License", "LicenseRef-mine", "DocumentRef-a:LicenseRef-b", "MIT OR Apache-2.0"]) {
    it(`bad-licence for ${JSON.stringify(licence)}`, () =>
      void expectMetadataError("bad-licence", () => licenceUrl(licence), /SPDX id/));
  }
});
