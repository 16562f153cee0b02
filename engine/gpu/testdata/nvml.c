/* A library with NVML's functions and two made-up devices, the second of which
   reports nothing but its name. */
#include <string.h>
typedef struct { unsigned long long total, free, used; } memory_t;
typedef struct { unsigned int gpu, memory; } utilization_t;
static int started;
int nvmlInit_v2(void) { started++; return 0; }
int nvmlShutdown(void) { started--; return 0; }
const char *nvmlErrorString(int code) { return code == 3 ? "Not Supported" : "Unknown Error"; }
int nvmlSystemGetDriverVersion(char *to, unsigned int n) { strncpy(to, "570.1", n); return started ? 0 : 1; }
int nvmlDeviceGetCount_v2(unsigned int *n) { *n = 2; return started ? 0 : 1; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int i, void **d) { *d = (void *)(unsigned long)(i + 1); return 0; }
int nvmlDeviceGetName(void *d, char *to, unsigned int n) { strncpy(to, d == (void *)1 ? "Fake H200" : "Fake MIG", n); return 0; }
int nvmlDeviceGetMemoryInfo(void *d, memory_t *m) { m->total = 1ull << 37; m->free = 1ull << 36; m->used = 1ull << 36; return d == (void *)1 ? 0 : 3; }
int nvmlDeviceGetUtilizationRates(void *d, utilization_t *u) { u->gpu = 87; u->memory = 12; return d == (void *)1 ? 0 : 3; }
int nvmlDeviceGetTemperature(void *d, int sensor, unsigned int *t) { *t = 61; return d == (void *)1 && sensor == 0 ? 0 : 3; }
int nvmlDeviceGetPowerUsage(void *d, unsigned int *p) { *p = 412345; return d == (void *)1 ? 0 : 3; }
