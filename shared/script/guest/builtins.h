/* Included before every C source of the guest. The compiler's target has no operating system, so it makes a call of each `memcpy`,
   even one of four bytes; the interpreter reads every operand with one. Under these names it copies in place. */
#include <string.h>

#define memcmp __builtin_memcmp
#define memcpy __builtin_memcpy
#define memmove __builtin_memmove
#define memset __builtin_memset
#define strlen __builtin_strlen
