// Pairs of phones without signalling: what one sends to its relay is to come out at the other. Prints one JSON line.
// Build: cc -O2 -o stream-pairs stream-pairs.c
// Use:   stream-pairs PAIRS SECONDS [PAYLOAD_TYPE_OF_SECOND]
//
// It opens two sockets a pair and prints "ports P0 P1 …" (2k and 2k + 1 are pair k). It then reads one line with as many
// ports of the relay, sends each phone's stream to its port, and measures for SECONDS after a second of warm-up.
// Each packet carries the time it was sent; arrival is the kernel's time stamp (SO_TIMESTAMPNS), so that this program's own
// scheduling is not measured. A delay is what a packet needed from one phone to the other, two loopback hops included.
#define _GNU_SOURCE
#include <arpa/inet.h>
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

#define MAX_PHONES 4000
#define PACKET_NS 20000000ll
#define PACKET_SAMPLES 160
#define WARM_UP_NS 1000000000ll
#define SETTLE_NS 300000000ll

struct phone {
  int fd;
  uint8_t payload_type;
  uint16_t sequence;
  uint32_t timestamp, sent, sent_in_window;
  int64_t next_packet;
  // what comes from the relay
  uint32_t received, ssrc, ssrc_changes, reordered, gaps;
  uint16_t first_sequence, highest;
  uint32_t cycles;
  int64_t last_arrival;
};

static struct phone phones[MAX_PHONES];
static int phone_count, epoll_fd;
static int64_t window_from, window_to;
static int32_t *delays_us;
static size_t delay_count, delay_room = 8000000;

// Marks a stamped payload.
static const uint8_t stamp_mark[8] = {0x2a, 0x35, 0xb1, 0x4c, 0xd3, 0x28, 0xa6, 0x5e};

static int64_t clock_ns(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return (int64_t)t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int64_t now(void) { return clock_ns(CLOCK_REALTIME); }

static void open_phone(struct phone *phone) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof local;
  phone->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (phone->fd < 0 || bind(phone->fd, (struct sockaddr *)&local, size) < 0 ||
      getsockname(phone->fd, (struct sockaddr *)&local, &size) < 0) {
    perror("socket");
    exit(1);
  }
  int on = 1;
  setsockopt(phone->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(phone - phones)};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, phone->fd, &event);
  phone->sequence = (uint16_t)rand();
  phone->timestamp = (uint32_t)rand();
  printf(" %d", ntohs(local.sin_port));
}

static void aim(struct phone *phone, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(phone->fd, (struct sockaddr *)&to, sizeof to) < 0) {
    perror("connect");
    exit(1);
  }
}

static void send_packet(struct phone *phone, int64_t t) {
  uint8_t packet[12 + PACKET_SAMPLES];
  packet[0] = 0x80;
  packet[1] = (uint8_t)((phone->sent == 0 ? 0x80 : 0) | phone->payload_type);
  packet[2] = (uint8_t)(phone->sequence >> 8);
  packet[3] = (uint8_t)phone->sequence;
  for (int k = 0; k < 4; k++) packet[4 + k] = (uint8_t)(phone->timestamp >> (24 - 8 * k));
  uint32_t ssrc = (uint32_t)(phone - phones) * 2654435761u + 1;
  memcpy(packet + 8, &ssrc, 4);
  memset(packet + 12, 0xff, PACKET_SAMPLES);
  memcpy(packet + 12, stamp_mark, 8);
  int64_t stamp = now();
  memcpy(packet + 20, &stamp, 8);
  if (send(phone->fd, packet, sizeof packet, 0) > 0) {
    phone->sent++;
    if (t >= window_from && t < window_to) phone->sent_in_window++;
  }
  phone->sequence++;
  phone->timestamp += PACKET_SAMPLES;
}

static void take_packet(struct phone *phone, const uint8_t *packet, ssize_t length, int64_t arrival) {
  if (length < 12 || packet[0] >> 6 != 2) return;
  if (arrival < window_from || arrival > window_to + SETTLE_NS / 2) return;
  uint16_t sequence = (uint16_t)(packet[2] << 8 | packet[3]);
  uint32_t ssrc;
  memcpy(&ssrc, packet + 8, 4);
  if (phone->received == 0 || ssrc != phone->ssrc) {
    if (phone->received > 0) phone->ssrc_changes++;
    phone->ssrc = ssrc;
    phone->first_sequence = phone->highest = sequence;
    phone->cycles = 0;
  } else {
    int16_t ahead = (int16_t)(sequence - phone->highest);
    if (ahead > 0) {
      if (sequence < phone->highest) phone->cycles += 65536;
      phone->highest = sequence;
    } else phone->reordered++;
    // after the phones have stopped a relay may say silence of its own
    if (arrival <= window_to && arrival - phone->last_arrival > 2 * PACKET_NS) phone->gaps++;
  }
  phone->last_arrival = arrival;
  phone->received++;
  if (length < 28 || memcmp(packet + 12, stamp_mark, 8) != 0) return;
  int64_t sent_at;
  memcpy(&sent_at, packet + 20, 8);
  if (delay_count < delay_room) delays_us[delay_count++] = (int32_t)((arrival - sent_at) / 1000);
}

static void drain(struct phone *phone) {
  for (;;) {
    uint8_t bytes[2048], control[128];
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t length = recvmsg(phone->fd, &message, 0);
    if (length < 0) return;
    int64_t arrival = now();
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each != NULL; each = CMSG_NXTHDR(&message, each)) {
      if (each->cmsg_type != SCM_TIMESTAMPNS) continue;
      struct timespec t;
      memcpy(&t, CMSG_DATA(each), sizeof t);
      arrival = (int64_t)t.tv_sec * 1000000000ll + t.tv_nsec;
    }
    take_packet(phone, bytes, length, arrival);
  }
}

static int by_value(const void *a, const void *b) {
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc < 3 || atoi(argv[1]) < 1 || 2 * atoi(argv[1]) > MAX_PHONES) {
    fprintf(stderr, "use: stream-pairs PAIRS SECONDS [PAYLOAD_TYPE_OF_SECOND]\n");
    return 2;
  }
  phone_count = 2 * atoi(argv[1]);
  double seconds = atof(argv[2]);
  struct rlimit files = {MAX_PHONES + 100, MAX_PHONES + 100};
  setrlimit(RLIMIT_NOFILE, &files);
  epoll_fd = epoll_create1(0);
  srand((unsigned)now());
  printf("ports");
  for (int i = 0; i < phone_count; i++) {
    open_phone(&phones[i]);
    if (i % 2 == 1 && argc > 3) phones[i].payload_type = (uint8_t)atoi(argv[3]);
  }
  printf("\n");
  fflush(stdout);
  for (int i = 0; i < phone_count; i++) {
    int port;
    if (scanf("%d", &port) != 1) return 1;
    aim(&phones[i], port);
  }
  delays_us = malloc(delay_room * sizeof *delays_us);

  int64_t start = now(), tick = start, worst_tick = 0;
  window_from = start + WARM_UP_NS;
  window_to = window_from + (int64_t)(seconds * 1e9);
  // phases spread over the 20 ms, as those of strangers are
  for (int i = 0; i < phone_count; i++) phones[i].next_packet = start + i % 20 * 1000000ll;
  while (tick < window_to + SETTLE_NS) {
    tick += 1000000;
    struct epoll_event events[256];
    int ready;
    for (int64_t left = tick - now(); left > 0; left = tick - now()) {
      struct timespec wait = {0, left};
      ready = epoll_pwait2(epoll_fd, events, 256, &wait, NULL);
      for (int k = 0; k < ready; k++) drain(&phones[events[k].data.u32]);
    }
    // a whole tick without looking at the sockets would let their buffers fill
    ready = epoll_wait(epoll_fd, events, 256, 0);
    for (int k = 0; k < ready; k++) drain(&phones[events[k].data.u32]);
    int64_t t = now();
    if (t - tick > worst_tick) worst_tick = t - tick;
    for (int i = 0; i < phone_count && t < window_to; i++) {
      if (t < phones[i].next_packet) continue;
      send_packet(&phones[i], t);
      phones[i].next_packet += PACKET_NS;
      // after a stall: no burst of what was missed
      if (t - phones[i].next_packet > 5 * PACKET_NS) phones[i].next_packet = t;
    }
  }

  uint64_t sent = 0, received = 0, lost = 0, gaps = 0, reordered = 0, changes = 0;
  int without = 0;
  for (int i = 0; i < phone_count; i++) {
    struct phone *phone = &phones[i];
    sent += phone->sent_in_window;
    received += phone->received;
    gaps += phone->gaps;
    reordered += phone->reordered;
    changes += phone->ssrc_changes;
    if (phone->received == 0) {
      without++;
      continue;
    }
    uint32_t expected = phone->cycles + phone->highest - phone->first_sequence + 1;
    if (expected > phone->received) lost += expected - phone->received;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double processor = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"pairs\":%d,", phone_count / 2);
  qsort(delays_us, delay_count, sizeof *delays_us, by_value);
  if (delay_count == 0) printf("\"delayMs\":null,");
  else {
    double at[] = {0.5, 0.95, 0.99, 0.999};
    const char *names[] = {"p50", "p95", "p99", "p999"};
    printf("\"delayMs\":{\"samples\":%zu", delay_count);
    for (int k = 0; k < 4; k++) printf(",\"%s\":%.3f", names[k], delays_us[(size_t)((double)(delay_count - 1) * at[k])] / 1e3);
    printf(",\"max\":%.3f},", delays_us[delay_count - 1] / 1e3);
  }
  printf("\"packetsSent\":%lu,\"packetsReceived\":%lu,\"packetsLost\":%lu,\"gapsOver40Ms\":%lu,\"reordered\":%lu,"
      "\"ssrcChanges\":%lu,\"streamsWithoutPackets\":%d,\"worstOwnTickMs\":%.3f,\"generatorCores\":%.3f}\n",
      (unsigned long)sent, (unsigned long)received, (unsigned long)lost, (unsigned long)gaps, (unsigned long)reordered,
      (unsigned long)changes, without, (double)worst_tick / 1e6, processor / ((double)(now() - start) / 1e9));
  return 0;
}
