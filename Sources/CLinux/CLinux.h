// What Glibc's Swift module leaves out of Linux: epoll, eventfd, signalfd, accept4, unshare, fallocate.
#ifndef CLINUX_H
#define CLINUX_H

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/file.h>
#include <sys/types.h>

// Declared under _GNU_SOURCE only; Swift's importer does not define it.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int unshare(int flags);
int fallocate(int fd, int mode, off_t offset, off_t length);

// --- KODTransport ---------------------------------------------------------------------------------------------------
// epoll_event is packed on x86-64, so its fields are read and written here and not through Swift's importer.
static inline int CLinux_epoll_control(int poller, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(poller, operation, fd, &event);
}
static inline uint64_t CLinux_epoll_token(const struct epoll_event *events, size_t index) { return events[index].data.u64; }
static inline uint32_t CLinux_epoll_events(const struct epoll_event *events, size_t index) { return events[index].events; }
static const uint32_t CLinux_EPOLLET = EPOLLET;  // 1u << 31: an enumerator that Swift would import as negative

// Under _GNU_SOURCE only, as above. The name is cut to 15 bytes by the caller: Linux refuses longer ones.
int pthread_setname_np(pthread_t thread, const char *name);
static const int CLinux_CLONE_FILES = 0x400;
// --- end of KODTransport --------------------------------------------------------------------------------------------

#endif
