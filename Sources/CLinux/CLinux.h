// What Glibc's Swift module leaves out of Linux: epoll, eventfd, signalfd, accept4, unshare, fallocate.
#ifndef CLINUX_H
#define CLINUX_H

#include <fcntl.h>
#include <malloc.h>
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

#include "CRC32C.h"

// Declared under _GNU_SOURCE only; Swift's importer does not define it.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int unshare(int flags);
int fallocate(int fd, int mode, off_t offset, off_t length);
int renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned int flags);

// RENAME_NOREPLACE, for the same reason under a name of our own.
static const unsigned int CLinux_RENAME_NOREPLACE = 1;

// --- KODTransport --------------------------------------------------------------------------------
// epoll_event is packed on x86-64: its fields are touched here and not through Swift's importer.
static inline int CLinux_epoll_control(int poller, int operation, int fd, uint32_t events,
                                       uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(poller, operation, fd, &event);
}
static inline uint64_t CLinux_epoll_token(const struct epoll_event *events, size_t index) {
  return events[index].data.u64;
}
static inline uint32_t CLinux_epoll_events(const struct epoll_event *events, size_t index) {
  return events[index].events;
}
// An enumerator of 1u << 31 that Swift's importer would make negative.
static const uint32_t CLinux_EPOLLET = EPOLLET;

// Under _GNU_SOURCE only, as above. Linux refuses names of more than 15 bytes.
int pthread_setname_np(pthread_t thread, const char *name);
static const int CLinux_CLONE_FILES = 0x400;
// --- end of KODTransport -------------------------------------------------------------------------

#endif
