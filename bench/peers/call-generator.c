// Calls with real G.711 RTP over loopback, and what the other side's stream was like. Prints one JSON line.
// Build: cc -O2 -o call-generator call-generator.c
// Use:   call-generator PORT USER CALLS CALLS_PER_SECOND HOLD_SECONDS [silence|stamps|none|loop:FILE]
//
// Arrival times are the kernel's (SO_TIMESTAMPNS), so that this program's own scheduling is not measured.
// A packet's lateness is its arrival against the RTP timestamp, from the earliest packet of its stream.
// "stamps" writes the time of sending into the audio, in codes that survive a decode and encode of G.711,
// so that an echo tells its round trip. With "none" no media flows and each call ends HOLD_SECONDS after its
// own answer: an open loop of calls set up and ended. "loop:FILE" says the file's bytes (mu-law) over and over,
// each call from another place in it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CALLS 100000
#define MAX_MEDIA_CALLS 4000
#define MAX_SAMPLES_PER_CALL 40000
#define PACKET_NS 20000000ll
#define PACKET_SAMPLES 160
#define WARM_UP_NS 1000000000ll
#define SIP_EVENT 0xffffffffu

enum state { IDLE, INVITED, UP, BYE_SENT, OVER, FAILED };

struct call {
  enum state state;
  int rtp, port, status;
  struct sockaddr_in media;
  int has_media;
  char to_tag[128], contact[256], routes[1024];
  int64_t invited_at, resend_at, resend_after, answered_at, next_packet, bye_at;
  int resends;
  uint16_t sequence;
  uint32_t timestamp, sent;
  // the other side's stream
  uint32_t received, ssrc_changes, ssrc, first_timestamp;
  uint16_t first_sequence, highest;
  uint32_t cycles, reordered;
  int64_t first_arrival, last_arrival;
  uint32_t gaps;
  int32_t *offsets_us;
  uint32_t offset_count;
};

static struct call calls[MAX_CALLS];
static int call_count, epoll_fd, sip, sip_port, target_port, media_kind;
static const char *user;
static uint8_t *spoken;
static size_t spoken_bytes;
static struct sockaddr_in target;
static uint32_t run_id;
static int64_t window_from, window_to;

static int32_t *round_trips_us;
static size_t round_trip_count, round_trip_room = 4000000;
static uint32_t set_up_us[MAX_CALLS];
static int set_up_count, over_count, ended_by_peer, failures, statuses[700];
static int64_t last_over;

// Marks a stamped payload. All codes are ones that a decode and encode of mu-law gives back unchanged.
static const uint8_t stamp_mark[8] = {0x2a, 0x35, 0xb1, 0x4c, 0xd3, 0x28, 0xa6, 0x5e};

static int64_t clock_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int64_t now(void) { return clock_ns(CLOCK_MONOTONIC); }

// Kernel time stamps are of the real-time clock.
static int64_t realtime_offset(void) { return clock_ns(CLOCK_REALTIME) - now(); }

static void send_sip(const char *text, int length, const struct sockaddr_in *to) {
  sendto(sip, text, (size_t)length, 0, (const struct sockaddr *)to, sizeof *to);
}

// Copies the value of the nth header of that name; false when there are fewer.
static int header(const char *message, const char *name, int nth, char *out, size_t room) {
  size_t length = strlen(name);
  out[0] = 0;
  for (const char *line = strstr(message, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
    line += 2;
    if (line[0] == '\r') return 0;
    if (strncasecmp(line, name, length) != 0) continue;
    const char *value = line + length;
    while (*value == ' ') value++;
    if (*value != ':' || nth-- > 0) continue;
    value++;
    while (*value == ' ') value++;
    const char *end = strstr(value, "\r\n");
    size_t size = end == NULL ? strlen(value) : (size_t)(end - value);
    if (size >= room) size = room - 1;
    memcpy(out, value, size);
    out[size] = 0;
    return 1;
  }
  return 0;
}

// "sip:user@1.2.3.4:5060;..." to an address; what is no IPv4 literal goes to the target.
static struct sockaddr_in address_of(const char *uri) {
  struct sockaddr_in to = target;
  const char *host = strstr(uri, "sip:");
  if (host == NULL) return to;
  host += 4;
  const char *end = strpbrk(host, ">;");
  const char *at = strchr(host, '@');
  if (at != NULL && (end == NULL || at < end)) host = at + 1;
  unsigned a, b, c, d, port = 5060;
  if (sscanf(host, "%u.%u.%u.%u:%u", &a, &b, &c, &d, &port) < 4) return to;
  to.sin_addr.s_addr = htonl(a << 24 | b << 16 | c << 8 | d);
  to.sin_port = htons((uint16_t)port);
  return to;
}

static void send_invite(int i) {
  struct call *call = &calls[i];
  char sdp[512], text[2048];
  int sdp_length = snprintf(sdp, sizeof sdp,
      "v=0\r\no=- %u 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
      "m=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
      "a=ptime:20\r\na=sendrecv\r\n", run_id, call->port);
  int length = snprintf(text, sizeof text,
      "INVITE sip:%s@127.0.0.1:%d SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKi%u.%d;rport\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:+15550100800@127.0.0.1>;tag=f%u.%d\r\nTo: <sip:%s@127.0.0.1:%d>\r\n"
      "Call-ID: %u.%d@generator\r\nCSeq: 1 INVITE\r\nContact: <sip:generator@127.0.0.1:%d>\r\n"
      "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
      user, target_port, sip_port, run_id, i, run_id, i, user, target_port, run_id, i, sip_port, sdp_length, sdp);
  send_sip(text, length, &target);
}

// ACK to a 2xx, and BYE: requests within the dialog.
static void send_in_dialog(int i, const char *method, int cseq) {
  struct call *call = &calls[i];
  char text[4096];
  int length = snprintf(text, sizeof text,
      "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%s%u.%d;rport\r\n%sMax-Forwards: 70\r\n"
      "From: <sip:+15550100800@127.0.0.1>;tag=f%u.%d\r\nTo: <sip:%s@127.0.0.1:%d>;tag=%s\r\n"
      "Call-ID: %u.%d@generator\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
      method, call->contact, sip_port, method, run_id, i, call->routes, run_id, i, user, target_port,
      call->to_tag, run_id, i, cseq, method);
  struct sockaddr_in to = address_of(call->routes[0] ? call->routes : call->contact);
  send_sip(text, length, &to);
}

static void acknowledge_refusal(int i) {
  char text[2048];
  int length = snprintf(text, sizeof text,
      "ACK sip:%s@127.0.0.1:%d SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKi%u.%d;rport\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:+15550100800@127.0.0.1>;tag=f%u.%d\r\nTo: <sip:%s@127.0.0.1:%d>;tag=%s\r\n"
      "Call-ID: %u.%d@generator\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
      user, target_port, sip_port, run_id, i, run_id, i, user, target_port, calls[i].to_tag, run_id, i);
  send_sip(text, length, &target);
}

static void answer_request(const char *message, const struct sockaddr_in *from) {
  char text[4096], value[1024];
  int length = snprintf(text, sizeof text, "SIP/2.0 200 OK\r\n");
  for (int nth = 0; nth < 8 && header(message, "Via", nth, value, sizeof value); nth++) {
    length += snprintf(text + length, sizeof text - (size_t)length, "Via: %s\r\n", value);
  }
  const char *copied[] = {"From", "To", "Call-ID", "CSeq"};
  for (int k = 0; k < 4; k++) {
    header(message, copied[k], 0, value, sizeof value);
    length += snprintf(text + length, sizeof text - (size_t)length, "%s: %s\r\n", copied[k], value);
  }
  length += snprintf(text + length, sizeof text - (size_t)length, "Content-Length: 0\r\n\r\n");
  send_sip(text, length, from);
}

static void take_answer(struct call *call, const char *message) {
  char value[512];
  if (header(message, "Contact", 0, value, sizeof value)) {
    char *open = strchr(value, '<');
    if (open != NULL) sscanf(open + 1, "%255[^>]", call->contact);
    else sscanf(value, "%255[^; ]", call->contact);
  }
  call->routes[0] = 0;
  int count = 0;
  while (header(message, "Record-Route", count, value, sizeof value)) count++;
  size_t used = 0;
  for (int nth = count - 1; nth >= 0; nth--) {
    header(message, "Record-Route", nth, value, sizeof value);
    if (used + strlen(value) + 12 > sizeof call->routes) break;
    used += (size_t)snprintf(call->routes + used, sizeof call->routes - used, "Route: %s\r\n", value);
  }
  const char *body = strstr(message, "\r\n\r\n");
  const char *connection = body == NULL ? NULL : strstr(body, "c=IN IP4 ");
  const char *audio = body == NULL ? NULL : strstr(body, "m=audio ");
  char host[40];
  if (connection == NULL || audio == NULL || sscanf(connection + 9, "%39[0-9.]", host) != 1) return;
  memset(&call->media, 0, sizeof call->media);
  call->media.sin_family = AF_INET;
  inet_pton(AF_INET, host, &call->media.sin_addr);
  call->media.sin_port = htons((uint16_t)atoi(audio + 8));
  call->has_media = media_kind != 'n';
  // Phases spread over the 20 ms, as those of strangers are.
  call->next_packet = now() + (call - calls) % 20 * 1000000ll;
}

static void take_sip(char *message, const struct sockaddr_in *from, int64_t arrival) {
  char value[256], cseq[64];
  uint32_t run;
  int i;
  header(message, "Call-ID", 0, value, sizeof value);
  header(message, "CSeq", 0, cseq, sizeof cseq);
  if (sscanf(value, "%u.%d@", &run, &i) != 2 || run != run_id || i < 0 || i >= call_count) return;
  struct call *call = &calls[i];
  if (strncmp(message, "SIP/2.0 ", 8) != 0) {
    if (strncmp(message, "ACK", 3) == 0) return;
    answer_request(message, from);
    if (strncmp(message, "BYE", 3) == 0 && call->state == UP) {
      call->state = OVER;
      ended_by_peer++;
    }
    return;
  }
  int status = atoi(message + 8);
  if (strstr(cseq, "INVITE") != NULL) {
    if (status < 200) {
      call->resend_at = INT64_MAX;
      return;
    }
    char to[400];
    header(message, "To", 0, to, sizeof to);
    const char *tag = strstr(to, "tag=");
    if (tag != NULL) sscanf(tag + 4, "%127[^; ]", call->to_tag);
    if (status >= 300) {
      acknowledge_refusal(i);
      if (call->state == INVITED) {
        call->state = FAILED;
        failures++;
        if (status < 700) statuses[status]++;
      }
      return;
    }
    if (call->state == INVITED) {
      call->state = UP;
      call->answered_at = now();
      set_up_us[set_up_count++] = (uint32_t)((arrival - call->invited_at) / 1000);
      take_answer(call, message);
    }
    send_in_dialog(i, "ACK", 1);
  } else if (strstr(cseq, "BYE") != NULL && call->state == BYE_SENT) {
    call->state = OVER;
    over_count++;
    last_over = arrival;
  }
}

static void take_rtp(struct call *call, const uint8_t *packet, ssize_t length, int64_t arrival) {
  if (length < 12 || packet[0] >> 6 != 2) return;
  uint16_t sequence = (uint16_t)(packet[2] << 8 | packet[3]);
  uint32_t timestamp = (uint32_t)packet[4] << 24 | (uint32_t)packet[5] << 16 | (uint32_t)packet[6] << 8 | packet[7];
  uint32_t ssrc;
  memcpy(&ssrc, packet + 8, 4);
  if (arrival < window_from || arrival > window_to) return;
  if (call->received == 0 || ssrc != call->ssrc) {
    if (call->received > 0) call->ssrc_changes++;
    call->ssrc = ssrc;
    call->first_sequence = call->highest = sequence;
    call->first_timestamp = timestamp;
    call->first_arrival = arrival;
    call->cycles = 0;
  } else {
    int16_t ahead = (int16_t)(sequence - call->highest);
    if (ahead > 0) {
      if (sequence < call->highest) call->cycles += 65536;
      call->highest = sequence;
    } else call->reordered++;
    if (arrival - call->last_arrival > 2 * PACKET_NS) call->gaps++;
  }
  call->last_arrival = arrival;
  call->received++;
  int64_t media_ns = (int64_t)(int32_t)(timestamp - call->first_timestamp) * 125000;
  if (call->offset_count < MAX_SAMPLES_PER_CALL) {
    call->offsets_us[call->offset_count++] = (int32_t)((arrival - call->first_arrival - media_ns) / 1000);
  }
  if (length < 12 + 24 || memcmp(packet + 12, stamp_mark, 8) != 0) return;
  uint64_t sent_at = 0;
  for (int k = 0; k < 16; k++) sent_at = sent_at << 4 | (packet[20 + k] & 0x0f);
  if (round_trip_count < round_trip_room) {
    round_trips_us[round_trip_count++] = (int32_t)((arrival - (int64_t)sent_at) / 1000);
  }
}

static void send_rtp(struct call *call) {
  uint8_t packet[12 + PACKET_SAMPLES];
  packet[0] = 0x80;
  packet[1] = call->sent == 0 ? 0x80 : 0;
  packet[2] = (uint8_t)(call->sequence >> 8);
  packet[3] = (uint8_t)call->sequence;
  for (int k = 0; k < 4; k++) packet[4 + k] = (uint8_t)(call->timestamp >> (24 - 8 * k));
  uint32_t ssrc = run_id ^ (uint32_t)(call - calls) * 2654435761u;
  memcpy(packet + 8, &ssrc, 4);
  memset(packet + 12, 0xff, PACKET_SAMPLES);
  if (media_kind == 'e') {
    uint64_t t = (uint64_t)now();
    memcpy(packet + 12, stamp_mark, 8);
    for (int k = 0; k < 16; k++) packet[20 + k] = (uint8_t)(0x10 | (t >> (60 - 4 * k) & 0x0f));
  }
  if (media_kind == 'l') {
    size_t from = (size_t)(call - calls) * spoken_bytes / (size_t)call_count + (size_t)call->sent * PACKET_SAMPLES;
    for (size_t k = 0; k < PACKET_SAMPLES; k++) packet[12 + k] = spoken[(from + k) % spoken_bytes];
  }
  if (sendto(call->rtp, packet, sizeof packet, 0, (struct sockaddr *)&call->media, sizeof call->media) > 0) call->sent++;
  call->sequence++;
  call->timestamp += PACKET_SAMPLES;
}

static int read_spoken(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return 0;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  if (size > 0) {
    spoken = malloc((size_t)size);
    spoken_bytes = fread(spoken, 1, (size_t)size, file);
  }
  fclose(file);
  return spoken_bytes > 0;
}

static int open_udp(int *port) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof local;
  if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof local) < 0 ||
      getsockname(fd, (struct sockaddr *)&local, &size) < 0) {
    perror("socket");
    exit(1);
  }
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  *port = ntohs(local.sin_port);
  return fd;
}

static void watch(int fd, uint32_t what) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = what};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void drain(int fd, uint32_t what, int64_t to_monotonic) {
  for (;;) {
    char bytes[8192], control[128];
    struct sockaddr_in from;
    struct iovec part = {bytes, sizeof bytes - 1};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(fd, &message, 0);
    if (length < 0) return;
    int64_t arrival = now();
    for (struct cmsghdr *part_of = CMSG_FIRSTHDR(&message); part_of != NULL; part_of = CMSG_NXTHDR(&message, part_of)) {
      if (part_of->cmsg_type != SCM_TIMESTAMPNS) continue;
      struct timespec t;
      memcpy(&t, CMSG_DATA(part_of), sizeof t);
      arrival = (int64_t)t.tv_sec * 1000000000ll + t.tv_nsec - to_monotonic;
    }
    bytes[length] = 0;
    if (what == SIP_EVENT) take_sip(bytes, &from, arrival);
    else take_rtp(&calls[what], (uint8_t *)bytes, length, arrival);
  }
}

static int by_value(const void *a, const void *b) {
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return x < y ? -1 : x > y;
}

// Percentiles in ms as a JSON object; sorts the samples.
static void print_percentiles(const char *name, int32_t *samples, size_t count) {
  qsort(samples, count, sizeof *samples, by_value);
  printf("\"%s\":", name);
  if (count == 0) {
    printf("null,");
    return;
  }
  double at[] = {0.5, 0.95, 0.99, 0.999};
  const char *names[] = {"p50", "p95", "p99", "p999"};
  printf("{\"samples\":%zu", count);
  for (int k = 0; k < 4; k++) printf(",\"%s\":%.3f", names[k], samples[(size_t)((double)(count - 1) * at[k])] / 1e3);
  printf(",\"max\":%.3f},", samples[count - 1] / 1e3);
}

int main(int argc, char **argv) {
  if (argc < 6) {
    fprintf(stderr, "use: call-generator PORT USER CALLS CALLS_PER_SECOND HOLD_SECONDS [silence|stamps|none|loop:FILE]\n");
    return 2;
  }
  target_port = atoi(argv[1]);
  user = argv[2];
  call_count = atoi(argv[3]);
  double rate = atof(argv[4]), hold = atof(argv[5]);
  const char *media = argc > 6 ? argv[6] : "stamps";
  media_kind = media[0] == 'n' || media[0] == 'l' ? media[0] : media[1] == 'i' ? 's' : 'e';
  if (media_kind == 'l' && !read_spoken(media + 5)) {
    fprintf(stderr, "cannot read %s\n", media + 5);
    return 2;
  }
  int most = media_kind == 'n' ? MAX_CALLS : MAX_MEDIA_CALLS;
  if (call_count < 1 || call_count > most || rate <= 0) return 2;
  struct rlimit files = {MAX_MEDIA_CALLS + 100, MAX_MEDIA_CALLS + 100};
  setrlimit(RLIMIT_NOFILE, &files);
  epoll_fd = epoll_create1(0);
  run_id = (uint32_t)(now() ^ getpid());
  target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)target_port),
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  sip = open_udp(&sip_port);
  int buffer = 8 << 20;
  setsockopt(sip, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  watch(sip, SIP_EVENT);
  for (int i = 0; i < call_count; i++) {
    if (media_kind == 'n') {
      calls[i].port = 9;
      continue;
    }
    calls[i].rtp = open_udp(&calls[i].port);
    calls[i].sequence = (uint16_t)rand();
    calls[i].timestamp = (uint32_t)rand();
    calls[i].offsets_us = malloc(MAX_SAMPLES_PER_CALL * sizeof(int32_t));
    watch(calls[i].rtp, (uint32_t)i);
  }
  round_trips_us = malloc(round_trip_room * sizeof *round_trips_us);

  // All calls are up after the ramp; measured is the time after that and before the first BYE.
  int64_t start = now(), ramp_ns = (int64_t)(call_count / rate * 1e9);
  int64_t bye_from = start + ramp_ns + WARM_UP_NS + (int64_t)(hold * 1e9), give_up = bye_from + ramp_ns + 5000000000ll;
  window_from = start + ramp_ns + WARM_UP_NS;
  window_to = bye_from;
  int64_t tick = start, worst_tick = 0;
  // Calls before this one are over.
  int oldest = 0;
  int64_t hold_ns = (int64_t)(hold * 1e9);
  last_over = start + 1;
  int started = 0, byes = 0, open_calls = 1;
  while (open_calls > 0 && now() < give_up) {
    tick += 1000000;
    int64_t to_monotonic = realtime_offset();
    for (int64_t left = tick - now(); left > 0; left = tick - now()) {
      struct epoll_event events[256];
      struct timespec wait = {0, left};
      int ready = epoll_pwait2(epoll_fd, events, 256, &wait, NULL);
      for (int k = 0; k < ready; k++) {
        uint32_t what = events[k].data.u32;
        drain(what == SIP_EVENT ? sip : calls[what].rtp, what, to_monotonic);
      }
    }
    // A whole tick without looking at the sockets would let their buffers fill.
    struct epoll_event events[256];
    int ready = epoll_wait(epoll_fd, events, 256, 0);
    for (int k = 0; k < ready; k++) {
      uint32_t what = events[k].data.u32;
      drain(what == SIP_EVENT ? sip : calls[what].rtp, what, to_monotonic);
    }
    int64_t t = now();
    if (t - tick > worst_tick) worst_tick = t - tick;
    while (started < call_count && (double)started < (double)(t - start) * rate / 1e9) {
      struct call *call = &calls[started];
      call->state = INVITED;
      call->invited_at = now();
      call->resend_after = 500000000;
      call->resend_at = call->invited_at + call->resend_after;
      send_invite(started++);
    }
    while (media_kind != 'n' && t > bye_from && byes < call_count && (double)byes < (double)(t - bye_from) * rate / 1e9) {
      struct call *call = &calls[byes];
      if (call->state == UP) {
        call->state = BYE_SENT;
        call->bye_at = t;
        send_in_dialog(byes, "BYE", 2);
      }
      byes++;
    }
    open_calls = call_count - started;
    while (oldest < started && (calls[oldest].state == OVER || calls[oldest].state == FAILED)) oldest++;
    for (int i = oldest; i < started; i++) {
      struct call *call = &calls[i];
      if (media_kind == 'n' && call->state == UP && t >= call->answered_at + hold_ns) {
        call->state = BYE_SENT;
        call->bye_at = t;
        send_in_dialog(i, "BYE", 2);
      }
      if (call->state == INVITED && t > call->resend_at) {
        call->resend_after *= 2;
        call->resend_at = t + call->resend_after;
        call->resends++;
        send_invite(i);
      }
      if (call->state == BYE_SENT && t > call->bye_at + 500000000) {
        call->bye_at = t;
        send_in_dialog(i, "BYE", 2);
      }
      if (call->state == UP && call->has_media && t >= call->next_packet) {
        send_rtp(call);
        call->next_packet += PACKET_NS;
        // After a stall: no burst of what was missed.
        if (t - call->next_packet > 5 * PACKET_NS) call->next_packet = t;
      }
      if (call->state == INVITED || call->state == UP || call->state == BYE_SENT) open_calls++;
    }
  }

  size_t lateness_count = 0;
  uint64_t sent = 0, received = 0, lost = 0, gaps = 0, reordered = 0, changes = 0, resends = 0;
  size_t lateness_room = 1;
  for (int i = 0; i < call_count; i++) lateness_room += calls[i].offset_count;
  int32_t *lateness = malloc(lateness_room * sizeof *lateness);
  int without = 0, unfinished = 0;
  for (int i = 0; i < call_count; i++) {
    struct call *call = &calls[i];
    sent += call->sent;
    received += call->received;
    gaps += call->gaps;
    reordered += call->reordered;
    changes += call->ssrc_changes;
    resends += (uint64_t)call->resends;
    if (call->state != OVER && call->state != FAILED) unfinished++;
    if (call->received == 0) {
      without += media_kind != 'n';
      continue;
    }
    uint32_t expected = call->cycles + call->highest - call->first_sequence + 1;
    if (expected > call->received) lost += expected - call->received;
    int32_t earliest = INT32_MAX;
    for (uint32_t k = 0; k < call->offset_count; k++) {
      if (call->offsets_us[k] < earliest) earliest = call->offsets_us[k];
    }
    for (uint32_t k = 0; k < call->offset_count; k++) lateness[lateness_count++] = call->offsets_us[k] - earliest;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double processor = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"calls\":%d,\"answered\":%d,\"failed\":%d,\"unfinished\":%d,\"endedByPeer\":%d,\"inviteResends\":%lu,",
      call_count, set_up_count, failures, unfinished, ended_by_peer, (unsigned long)resends);
  printf("\"statuses\":{");
  const char *comma = "";
  for (int status = 300; status < 700; status++) {
    if (statuses[status] == 0) continue;
    printf("%s\"%d\":%d", comma, status, statuses[status]);
    comma = ",";
  }
  printf("},");
  print_percentiles("setUpMs", (int32_t *)set_up_us, (size_t)set_up_count);
  print_percentiles("latenessMs", lateness, lateness_count);
  print_percentiles("roundTripMs", round_trips_us, round_trip_count);
  printf("\"packetsSent\":%lu,\"packetsReceived\":%lu,\"packetsLost\":%lu,\"gapsOver40Ms\":%lu,\"reordered\":%lu,"
         "\"ssrcChanges\":%lu,\"streamsWithoutPackets\":%d,\"measuredSeconds\":%.1f,\"worstOwnTickMs\":%.2f,"
         "\"callsPerSecond\":%.1f,\"generatorCores\":%.2f}\n",
      (unsigned long)sent, (unsigned long)received, (unsigned long)lost, (unsigned long)gaps,
      (unsigned long)reordered, (unsigned long)changes, without, (double)(window_to - window_from) / 1e9,
      (double)worst_tick / 1e6,
      (double)over_count / ((double)(last_over - start) / 1e9), processor / ((double)(now() - start) / 1e9));
  return 0;
}
