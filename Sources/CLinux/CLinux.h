// What Glibc's Swift module leaves out of Linux: epoll, eventfd, signalfd, accept4, unshare, fallocate.
#ifndef CLINUX_H
#define CLINUX_H

#include <fcntl.h>
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

#endif
