// Closed-loop OPTIONS load over loopback: keeps a number of requests outstanding and prints one JSON line.
// Build: cc -O2 -o options-flood options-flood.c
// Use:   options-flood PORT OUTSTANDING SECONDS
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define MAX_OUTSTANDING 4096
#define MAX_SAMPLES (1 << 22)
#define LOST_AFTER_NS 1000000000ull

// A slot carries one request at a time; its generation tells a late answer from the present one.
struct slot {
  unsigned generation;
  uint64_t sent_at;
};

static struct slot slots[MAX_OUTSTANDING];
static uint32_t latencies_us[MAX_SAMPLES];
static size_t sample_count;
static int sock;
static int target_port;
static int local_port;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void send_request(int index) {
  char text[1024];
  struct slot *slot = &slots[index];
  slot->generation++;
  int length = snprintf(text, sizeof text,
      "OPTIONS sip:ping@127.0.0.1:%d SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKf%dx%u;rport\r\n"
      "Max-Forwards: 70\r\n"
      "From: <sip:+15550100900@127.0.0.1>;tag=%dx%u\r\n"
      "To: <sip:ping@127.0.0.1:%d>\r\n"
      "Call-ID: %d.%u@flood\r\n"
      "CSeq: 1 OPTIONS\r\n"
      "Contact: <sip:flood@127.0.0.1:%d>\r\n"
      "Accept: application/sdp\r\n"
      "User-Agent: options-flood\r\n"
      "Content-Length: 0\r\n\r\n",
      target_port, local_port, index, slot->generation, index, slot->generation, target_port, index,
      slot->generation, local_port);
  slot->sent_at = now_ns();
  if (send(sock, text, (size_t)length, 0) < 0 && errno != ECONNREFUSED) perror("send");
}

static int by_value(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "use: options-flood PORT OUTSTANDING SECONDS\n");
    return 2;
  }
  target_port = atoi(argv[1]);
  int outstanding = atoi(argv[2]);
  double seconds = atof(argv[3]);
  if (outstanding < 1 || outstanding > MAX_OUTSTANDING) return 2;

  // Loopback only: this is no tool to point at other machines.
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr_in target = local;
  target.sin_port = htons((uint16_t)target_port);
  sock = socket(AF_INET, SOCK_DGRAM, 0);
  int buffer = 4 << 20;
  setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  socklen_t size = sizeof local;
  if (bind(sock, (struct sockaddr *)&local, sizeof local) < 0 ||
      connect(sock, (struct sockaddr *)&target, sizeof target) < 0 ||
      getsockname(sock, (struct sockaddr *)&local, &size) < 0) {
    perror("socket");
    return 1;
  }
  local_port = ntohs(local.sin_port);

  uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9), swept = start;
  unsigned long answered = 0, lost = 0, other = 0;
  for (int index = 0; index < outstanding; index++) send_request(index);
  while (now_ns() < end) {
    struct pollfd ready = {.fd = sock, .events = POLLIN};
    poll(&ready, 1, 50);
    char text[4096];
    for (int burst = 0; burst < 256; burst++) {
      ssize_t length = recv(sock, text, sizeof text - 1, MSG_DONTWAIT);
      if (length <= 0) break;
      text[length] = 0;
      int index;
      unsigned generation;
      const char *id = strcasestr(text, "\r\nCall-ID: ");
      if (id == NULL || sscanf(id + 11, "%d.%u@", &index, &generation) != 2) continue;
      if (index < 0 || index >= outstanding || slots[index].generation != generation) continue;
      if (strncmp(text, "SIP/2.0 200", 11) != 0) other++;
      else answered++;
      uint64_t took = now_ns() - slots[index].sent_at;
      if (sample_count < MAX_SAMPLES) latencies_us[sample_count++] = (uint32_t)(took / 1000);
      send_request(index);
    }
    uint64_t t = now_ns();
    if (t - swept < LOST_AFTER_NS / 2) continue;
    swept = t;
    for (int index = 0; index < outstanding; index++) {
      if (t - slots[index].sent_at < LOST_AFTER_NS) continue;
      lost++;
      send_request(index);
    }
  }
  double elapsed = (double)(now_ns() - start) / 1e9;
  qsort(latencies_us, sample_count, sizeof latencies_us[0], by_value);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double processor = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"answeredPerSecond\":%.0f,\"other\":%lu,\"lost\":%lu,\"p50Ms\":%.3f,\"p95Ms\":%.3f,\"p99Ms\":%.3f,"
         "\"generatorCores\":%.2f}\n",
      (double)answered / elapsed, other, lost, sample_count ? latencies_us[sample_count / 2] / 1e3 : 0,
      sample_count ? latencies_us[sample_count * 95 / 100] / 1e3 : 0,
      sample_count ? latencies_us[sample_count * 99 / 100] / 1e3 : 0, processor / elapsed);
  return 0;
}
