// What one leg says of its own: an announcement before the conversation, the conversation before a tone or hold audio.
import type { AudioSource } from "@ringdown/media";

export class LegMouth implements AudioSource {
  announcement: AudioSource | undefined;
  conversation: AudioSource | undefined;
  /** Heard while nobody says anything. */
  background: AudioSource | undefined;

  read(frame: Int16Array): boolean {
    return (
      this.announcement?.read(frame) === true ||
      this.conversation?.read(frame) === true ||
      this.background?.read(frame) === true
    );
  }
}
