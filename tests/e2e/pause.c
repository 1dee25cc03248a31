// What holds a Pod's namespaces: waits until it is told to end.
#include <signal.h>
#include <unistd.h>

static void End(int signal) { _exit(signal == SIGTERM ? 0 : 1); }

int main(void) {
  signal(SIGTERM, End);
  signal(SIGINT, End);
  signal(SIGCHLD, SIG_IGN);
  for (;;) pause();
}
