import { expect } from "chai";
import { id, MaxUint256, Signature, type Signer, ZeroAddress } from "ethers";
import { item, useFixture } from "../support/fixture.ts";
import { deploySuite } from "../support/suite.ts";

const AMOUNT = 1_500_000n;
const NONCE = id("nonce");

const field = (type: string) => (name: string) => ({ name, type });
const [address, uint256, bytes32] = [field("address"), field("uint256"), field("bytes32")];
const MOVE = [
  address("from"),
  address("to"),
  uint256("value"),
  uint256("validAfter"),
  uint256("validBefore"),
  bytes32("nonce"),
];

async function build() {
  const suite = await deploySuite();
  const [alice, bob, carol] = [0, 1, 2].map((i) => item(suite.wallets, i));
  if (!alice || !bob || !carol) throw new Error("too few wallets");
  await suite.currency.mint(alice, AMOUNT);
  const { chainId } = await suite.ethers.provider.getNetwork();
  const verifyingContract = await suite.currency.getAddress();
  const domain = { name: "Demo Dollar", version: "1", chainId, verifyingContract };
  const now = BigInt(await suite.networkHelpers.time.latest());
  return { ...suite, alice, bob, carol, domain, now };
}

describe("DemoDollar", () => {
  const at = useFixture(build);

  it("is a dollar with six decimals", async () => {
    const { currency } = at();
    expect([await currency.name(), await currency.symbol(), await currency.decimals()]).to.deep.equal([
      "Demo Dollar",
      "DUSD",
      6n,
    ]);
  });

  it("names its EIP-712 domain", async () => {
    const { currency, domain } = at();
    const { name, version, chainId, verifyingContract } = await currency.eip712Domain();
    expect({ name, version, chainId, verifyingContract }).to.deep.equal(domain);
    expect(await currency.DOMAIN_SEPARATOR()).to.equal(at().ethers.TypedDataEncoder.hashDomain(domain));
  });

  describe("mint", () => {
    it("makes money for whomever the caller names, anyone may", async () => {
      const { currency, bob, carol } = at();
      await expect(currency.connect(bob).mint(carol, 7n))
        .to.emit(currency, "Transfer")
        .withArgs(ZeroAddress, carol.address, 7n);
      expect(await currency.balanceOf(carol)).to.equal(7n);
      expect(await currency.totalSupply()).to.equal(AMOUNT + 7n);
    });

    it("makes 2^80 units in all and not one more, so that nobody fills what others count in 112 bits", async () => {
      const { currency, bob } = at();
      const cap = 2n ** 80n;
      expect(await currency.cap()).to.equal(cap);
      await currency.mint(bob, cap - AMOUNT);
      await expect(currency.mint(bob, 1n))
        .to.be.revertedWithCustomError(currency, "ERC20ExceededCap")
        .withArgs(cap + 1n, cap);
      expect(await currency.totalSupply()).to.equal(cap);
    });

    it("refuses the zero address", async () => {
      const { currency } = at();
      await expect(currency.mint(ZeroAddress, 7n))
        .to.be.revertedWithCustomError(currency, "ERC20InvalidReceiver")
        .withArgs(ZeroAddress);
    });
  });

  describe("transfer, approve and transferFrom", () => {
    it("move the caller's money", async () => {
      const { currency, ethers, alice, bob } = at();
      await expect(currency.connect(alice).transfer(bob, 400n)).to.changeTokenBalances(
        ethers,
        currency,
        [alice, bob],
        [-400n, 400n],
      );
    });

    it("move an allowance and no more", async () => {
      const { currency, alice, bob, carol } = at();
      await expect(currency.connect(alice).approve(bob, 500n))
        .to.emit(currency, "Approval")
        .withArgs(alice.address, bob.address, 500n);
      await currency.connect(bob).transferFrom(alice, carol, 400n);
      expect(await currency.allowance(alice, bob)).to.equal(100n);
      await expect(currency.connect(bob).transferFrom(alice, carol, 101n))
        .to.be.revertedWithCustomError(currency, "ERC20InsufficientAllowance")
        .withArgs(bob.address, 100n, 101n);
    });
  });

  describe("permit", () => {
    const types = {
      Permit: [address("owner"), address("spender"), uint256("value"), uint256("nonce"), uint256("deadline")],
    };

    async function signed(signer: Signer, deadline: bigint) {
      const { alice, bob, currency, domain } = at();
      const [owner, spender] = [alice.address, bob.address];
      const nonce = await currency.nonces(owner);
      const signature = await signer.signTypedData(domain, types, { owner, spender, value: AMOUNT, nonce, deadline });
      return Signature.from(signature);
    }

    it("allows what the owner signed, once", async () => {
      const { currency, alice, bob, carol } = at();
      const { v, r, s } = await signed(alice, MaxUint256);
      const permit = () => currency.connect(carol).permit(alice, bob, AMOUNT, MaxUint256, v, r, s);
      await permit();
      expect(await currency.allowance(alice, bob)).to.equal(AMOUNT);
      expect(await currency.nonces(alice)).to.equal(1n);
      await expect(permit()).to.be.revertedWithCustomError(currency, "ERC2612InvalidSigner");
    });

    it("refuses a permit that expired, and another signer's", async () => {
      const { currency, alice, bob, now } = at();
      const expired = await signed(alice, now - 1n);
      await expect(currency.permit(alice, bob, AMOUNT, now - 1n, expired.v, expired.r, expired.s))
        .to.be.revertedWithCustomError(currency, "ERC2612ExpiredSignature")
        .withArgs(now - 1n);
      const foreign = await signed(bob, MaxUint256);
      await expect(currency.permit(alice, bob, AMOUNT, MaxUint256, foreign.v, foreign.r, foreign.s))
        .to.be.revertedWithCustomError(currency, "ERC2612InvalidSigner")
        .withArgs(bob.address, alice.address);
    });
  });

  describe("ERC-3009", () => {
    /** Alice's signature for moving the amount to Bob within a time. */
    async function authorised(
      kind: "TransferWithAuthorization" | "ReceiveWithAuthorization",
      after: bigint,
      before: bigint,
    ) {
      const { alice, bob, domain } = at();
      const message = {
        from: alice.address,
        to: bob.address,
        value: AMOUNT,
        validAfter: after,
        validBefore: before,
        nonce: NONCE,
      };
      return Signature.from(await alice.signTypedData(domain, { [kind]: MOVE }, message));
    }

    it("moves what was signed, by whoever brings it, once", async () => {
      const { currency, ethers, alice, bob, carol } = at();
      const { v, r, s } = await authorised("TransferWithAuthorization", 0n, MaxUint256);
      const move = () =>
        currency.connect(carol).transferWithAuthorization(alice, bob, AMOUNT, 0n, MaxUint256, NONCE, v, r, s);
      expect(await currency.authorizationState(alice, NONCE)).to.equal(false);
      const moved = move();
      await expect(moved).to.changeTokenBalances(ethers, currency, [alice, bob], [-AMOUNT, AMOUNT]);
      await expect(moved).to.emit(currency, "AuthorizationUsed").withArgs(alice.address, NONCE);
      expect(await currency.authorizationState(alice, NONCE)).to.equal(true);
      await expect(move())
        .to.be.revertedWithCustomError(currency, "ERC3009UsedAuthorization")
        .withArgs(alice.address, NONCE);
    });

    it("refuses what isn't valid yet, or any more, or was signed for another amount", async () => {
      const { currency, alice, bob, now } = at();
      for (const [after, before] of [
        [now + 1_000n, MaxUint256],
        [0n, now],
      ] as const) {
        const { v, r, s } = await authorised("TransferWithAuthorization", after, before);
        await expect(currency.transferWithAuthorization(alice, bob, AMOUNT, after, before, NONCE, v, r, s))
          .to.be.revertedWithCustomError(currency, "ERC3009InvalidAuthorizationTime")
          .withArgs(after, before);
      }
      const { v, r, s } = await authorised("TransferWithAuthorization", 0n, MaxUint256);
      await expect(
        currency.transferWithAuthorization(alice, bob, AMOUNT - 1n, 0n, MaxUint256, NONCE, v, r, s),
      ).to.be.revertedWithCustomError(currency, "ERC3009InvalidSignature");
    });

    it("hands a receiver's authorisation to the receiver alone", async () => {
      const { currency, alice, bob, carol } = at();
      const { v, r, s } = await authorised("ReceiveWithAuthorization", 0n, MaxUint256);
      const receive = (caller: Signer) =>
        currency.connect(caller).receiveWithAuthorization(alice, bob, AMOUNT, 0n, MaxUint256, NONCE, v, r, s);
      await expect(receive(carol))
        .to.be.revertedWithCustomError(currency, "ERC20InvalidReceiver")
        .withArgs(bob.address);
      await receive(bob);
      expect(await currency.balanceOf(bob)).to.equal(AMOUNT);
    });

    it("cancels an authorisation that wasn't used", async () => {
      const { currency, alice, bob, domain } = at();
      const types = { CancelAuthorization: [address("authorizer"), bytes32("nonce")] };
      const cancellation = Signature.from(
        await alice.signTypedData(domain, types, { authorizer: alice.address, nonce: NONCE }),
      );
      await expect(currency.cancelAuthorization(alice, NONCE, cancellation.v, cancellation.r, cancellation.s))
        .to.emit(currency, "AuthorizationCanceled")
        .withArgs(alice.address, NONCE);
      const { v, r, s } = await authorised("TransferWithAuthorization", 0n, MaxUint256);
      await expect(
        currency.transferWithAuthorization(alice, bob, AMOUNT, 0n, MaxUint256, NONCE, v, r, s),
      ).to.be.revertedWithCustomError(currency, "ERC3009UsedAuthorization");
    });
  });
});
