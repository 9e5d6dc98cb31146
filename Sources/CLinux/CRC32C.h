// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78) by instruction where the processor has it, by a
// table of sixteen where it has not. Continue a sum by passing the last result; start with zero.
#ifndef CLINUX_CRC32C_H
#define CLINUX_CRC32C_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t CLinux_crc32c_by_table(uint32_t crc, const void *bytes, size_t count) {
  static const uint32_t table[16] = {
      0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1, 0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
      0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9, 0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};
  const uint8_t *next = (const uint8_t *)bytes;
  crc = ~crc;
  for (size_t i = 0; i < count; i++) {
    crc ^= next[i];
    crc = (crc >> 4) ^ table[crc & 15];
    crc = (crc >> 4) ^ table[crc & 15];
  }
  return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static inline uint32_t
CLinux_crc32c_by_instruction(uint32_t crc, const void *bytes, size_t count) {
  const uint8_t *next = (const uint8_t *)bytes;
  uint64_t sum = ~crc;
  while (count >= 8) {
    uint64_t word;
    memcpy(&word, next, 8);
    sum = __builtin_ia32_crc32di(sum, word);
    next += 8;
    count -= 8;
  }
  while (count > 0) {
    sum = __builtin_ia32_crc32qi((uint32_t)sum, *next);
    next += 1;
    count -= 1;
  }
  return ~(uint32_t)sum;
}

static inline uint32_t CLinux_crc32c(uint32_t crc, const void *bytes, size_t count) {
  if (__builtin_cpu_supports("sse4.2")) return CLinux_crc32c_by_instruction(crc, bytes, count);
  return CLinux_crc32c_by_table(crc, bytes, count);
}
#else
static inline uint32_t CLinux_crc32c(uint32_t crc, const void *bytes, size_t count) {
  return CLinux_crc32c_by_table(crc, bytes, count);
}
#endif

#endif
