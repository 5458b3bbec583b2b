import { serialiseReplaces } from "../header/replaces.ts";
import type { IncomingRefer } from "../refer/refer.ts";
import type { CallLeg, Fork, IncomingCall, OutgoingCall, ReinviteReply } from "../user-agent/call.ts";
import type { UserAgentOptions } from "../user-agent/options.ts";
import type { UserAgent } from "../user-agent/user-agent.ts";
import type { Dice } from "./dice.ts";
import { hold } from "./target.ts";

const sdp =
  "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const peer = { transport: "udp", address: "192.0.2.9", port: 5060 } as const;
const addresses = { from: "<sip:desk@192.0.2.1>", to: "<sip:ida@192.0.2.9>" };

/** What is above a user agent: takes calls, makes some, and says things at any moment, as the dice will have it. */
export class SessionApplication {
  readonly calls: CallLeg[] = [];
  /** Calls whose end was told. */
  ended = 0;
  readonly #dice: () => Dice;
  readonly #replies: ReinviteReply[] = [];
  readonly #forks: Fork[] = [];
  readonly #refers: IncomingRefer[] = [];

  /** @param dice those of the step that is being done */
  constructor(dice: () => Dice) {
    this.#dice = dice;
  }

  readonly handlers: Pick<UserAgentOptions, "onInvite" | "onRequest" | "onRefer"> = {
    onInvite: (call) => this.#take(call),
    onRequest: (request) => {
      const dice = this.#dice();
      if (dice.oneIn(2)) request.respond(dice.pick([200, 202, 404, 489]));
    },
    onRefer: (refer) => {
      this.#refers.push(refer);
      this.#goOn(refer);
    },
  };

  /** A call of our own, or a request that is none. */
  start(agent: UserAgent): void {
    const dice = this.#dice();
    if (dice.oneIn(6)) {
      agent.refer({
        ...addresses,
        requestUri: "sip:ida@192.0.2.9",
        referTo: "sip:max@192.0.2.9",
        target: peer,
      });
      return;
    }
    const replaced = dice.oneIn(4) ? this.calls.at(-1)?.asReplaces() : undefined;
    const call: OutgoingCall = agent.invite({
      ...addresses,
      requestUri: "sip:ida@192.0.2.9",
      target: peer,
      ...(!dice.oneIn(4) && { sdp }),
      ...(replaced !== undefined && { headers: [["Replaces", serialiseReplaces(replaced)] as const] }),
      ...(dice.oneIn(2) && { credentials: () => ({ username: "desk", password: "secret" }) }),
    });
    this.#watch(call);
    call.onProgress = (_status, _sdp, fork) => {
      if (fork === undefined) return;
      this.#forks.push(fork);
      this.#useFork(fork);
    };
    call.chooseAnswer = () => !this.#dice().oneIn(4);
    call.onAnswered = () => {
      if (this.#dice().oneIn(2)) call.answer(sdp);
    };
  }

  /** One command, whether its moment has come or gone. */
  command(): void {
    const dice = this.#dice();
    if (this.calls.length === 0) return;
    const call = dice.oneIn(3) ? dice.pick(this.calls) : (this.calls.at(-1) as CallLeg);
    switch (dice.below(13)) {
      case 0:
      case 1:
        if ("accept" in call) (call as IncomingCall).accept(dice.oneIn(4) ? undefined : sdp);
        return;
      case 2:
        if ("ring" in call) this.#ring(call as IncomingCall);
        return;
      case 3:
        call.hangUp(dice.oneIn(2) ? { reason: 'a"b\\c\r\nVia: evil' } : undefined);
        return;
      case 4:
      case 5:
        call.reinvite(dice.oneIn(3) ? undefined : sdp);
        return;
      case 6:
        call.update(dice.oneIn(3) ? undefined : sdp);
        return;
      case 7:
        call.sendInfo("application/dtmf-relay", "Signal=1\r\nDuration=100\r\n");
        return;
      case 8:
        call.answer(sdp);
        return;
      case 9:
        call.refer("sip:max@192.0.2.9", { replaces: call.asReplaces(), reports: dice.oneIn(2) });
        return;
      case 10:
        if (this.#forks.length > 0) this.#useFork(dice.pick(this.#forks));
        return;
      case 11:
        if (this.#refers.length > 0) this.#goOn(dice.pick(this.#refers));
        return;
      default:
        if (dice.oneIn(4)) this.#replies.at(-1)?.ring({ ...(dice.oneIn(2) && { sdp }), reliable: true });
        else if (dice.oneIn(2)) this.#replies.pop()?.accept(dice.oneIn(4) ? undefined : sdp);
        else this.#replies.pop()?.reject(488);
    }
  }

  #watch(call: CallLeg): void {
    this.calls.push(call);
    let told = false;
    call.onEnded = () => {
      hold(!told, "the end of a call is told once");
      told = true;
      this.ended++;
    };
    call.onInfo = () => {};
    call.onReinvite = (_offer, reply) => {
      const choice = this.#dice().below(3);
      if (choice === 0) reply.reject(488);
      else if (choice === 1) this.#replies.push(reply);
      else reply.accept(sdp);
    };
    call.onReinviteAnswer = (result) => {
      if (result.ok && result.sdp !== undefined && this.#dice().oneIn(2)) call.answer(sdp);
    };
  }

  #take(call: IncomingCall): void {
    this.#watch(call);
    switch (this.#dice().below(8)) {
      case 0:
        call.reject(486);
        return;
      case 1:
        call.turnAway(503);
        return;
      case 2:
        call.ignore();
        return;
      case 3:
        call.accept(sdp);
        return;
      default:
        this.#ring(call);
    }
  }

  #ring(call: IncomingCall): void {
    const dice = this.#dice();
    call.ring({
      status: dice.pick([180, 181, 182, 183] as const),
      ...(dice.oneIn(2) && { sdp }),
      ...(dice.oneIn(2) && { reliable: dice.oneIn(2) }),
    });
  }

  #useFork(fork: Fork): void {
    switch (this.#dice().below(6)) {
      case 0:
        fork.answer(sdp);
        return;
      case 1:
        fork.update(this.#dice().oneIn(2) ? sdp : undefined);
        return;
      case 2:
        fork.offerInPrack(sdp);
        return;
      case 3:
        fork.hangUp();
        return;
      default:
    }
  }

  #goOn(refer: IncomingRefer): void {
    switch (this.#dice().below(5)) {
      case 0:
        refer.reject(603);
        return;
      case 1:
        refer.accept();
        return;
      case 2:
        refer.progress(180, "Ringing\r\nEvil: 1");
        return;
      case 3:
        refer.finish(200);
        return;
      default:
    }
  }
}
