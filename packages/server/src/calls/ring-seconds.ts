/** How long a call out may ring, seconds; by default about as long as until a voicemail answers. */
export const RING_SECONDS = { least: 5, default: 45, most: 180 };
