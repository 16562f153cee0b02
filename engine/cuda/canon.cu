// Canonical arithmetic in CUDA, and a program that checks it against a vector file:
//
//   nvcc -O2 -fmad=false -ftz=false -prec-div=true -prec-sqrt=true -o canon canon.cu
//   ./canon vectors.bin
//
// Compiled as C++ the same functions run on the processor:
//
//   c++ -x c++ -O2 -ffp-contract=off -o canon canon.cu
//
// It prints a line per case, "NAME HASH same" or "NAME HASH differs …", where HASH is
// the 64-bit FNV-1a of the result's bytes, and returns 1 when any bit differs.
// docs/determinism.md says what is computed; every operation below is one rounding.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#ifdef __CUDACC__
#define ANYWHERE __device__ inline
ANYWHERE float mul(float a, float b) { return __fmul_rn(a, b); }
ANYWHERE float add(float a, float b) { return __fadd_rn(a, b); }
ANYWHERE float quotient(float a, float b) { return __fdiv_rn(a, b); }
ANYWHERE double add64(double a, double b) { return __dadd_rn(a, b); }
ANYWHERE double quotient64(double a, double b) { return __ddiv_rn(a, b); }
ANYWHERE double root64(double a) { return __dsqrt_rn(a); }
ANYWHERE float narrow(double a) { return __double2float_rn(a); }
ANYWHERE float bits(uint32_t b) { return __uint_as_float(b); }
#else
#define ANYWHERE static inline
ANYWHERE float mul(float a, float b) { return a * b; }
ANYWHERE float add(float a, float b) { return a + b; }
ANYWHERE float quotient(float a, float b) { return a / b; }
ANYWHERE double add64(double a, double b) { return a + b; }
ANYWHERE double quotient64(double a, double b) { return a / b; }
ANYWHERE double root64(double a) { return std::sqrt(a); }
ANYWHERE float narrow(double a) { return (float)a; }
ANYWHERE float bits(uint32_t b) { float f; memcpy(&f, &b, 4); return f; }
#endif

// Partial sums of a vector, and products summed before their sum is added.
enum { lanes = 16, block = 32 };

ANYWHERE float exp32(float x) {
  if (x != x) return x;
  if (x < -87.0f) return 0.0f;
  if (x > 88.0f) x = 88.0f;
  const float toInteger = 12582912.0f;  // 3 * 2^22
  float n = add(add(mul(x, 1.4426950408889634f), toInteger), -toInteger);
  float r = add(x, -mul(n, 0.693359375f));
  r = add(r, mul(n, 2.12194440e-4f));
  float p = 1.9875691500e-4f;
  p = add(mul(p, r), 1.3981999507e-3f);
  p = add(mul(p, r), 8.3334519073e-3f);
  p = add(mul(p, r), 4.1665795894e-2f);
  p = add(mul(p, r), 1.6666665459e-1f);
  p = add(mul(p, r), 5.0000001201e-1f);
  p = add(mul(p, mul(r, r)), r);
  p = add(p, 1.0f);
  return mul(p, bits((uint32_t)((int32_t)n + 127) << 23));
}

// product is output o of row r: blocks of 32 from +0, their sums added in order.
ANYWHERE float product(const float *in, const float *weight, int inputs) {
  float total = 0.0f;
  for (int first = 0; first < inputs; first += block) {
    float sum = 0.0f;
    for (int k = first; k < inputs && k < first + block; k++) sum = add(sum, mul(in[k], weight[k]));
    total = first == 0 ? sum : add(total, sum);
  }
  return total;
}

// What one lane of a vector adds up. Element i belongs to lane i mod 16.
ANYWHERE float laneMax(const float *x, int n, int lane) {
  float largest = bits(0xff800000u);
  for (int i = lane; i < n; i += lanes)
    if (x[i] > largest) largest = x[i];
  return largest;
}
ANYWHERE float laneExps(const float *x, float *out, int n, int lane, float minus) {
  float sum = 0.0f;
  for (int i = lane; i < n; i += lanes) {
    out[i] = exp32(add(x[i], -minus));
    sum = add(sum, out[i]);
  }
  return sum;
}
ANYWHERE float laneSquares(const float *x, int n, int lane) {
  float sum = 0.0f;
  for (int i = lane; i < n; i += lanes) sum = add(sum, mul(x[i], x[i]));
  return sum;
}
ANYWHERE float foldMax(float *l) {
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++)
      if (l[i + half] > l[i]) l[i] = l[i + half];
  return l[0];
}
ANYWHERE float foldSum(float *l) {
  for (int half = lanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) l[i] = add(l[i], l[i + half]);
  return l[0];
}
ANYWHERE float normFactor(float squares, int n, double epsilon) {
  double mean = quotient64((double)squares, (double)n);
  return narrow(quotient64(1.0, root64(add64(mean, epsilon))));
}
ANYWHERE float swiglu(float gate, float up) {
  return mul(quotient(gate, add(1.0f, exp32(-gate))), up);
}

#ifdef __CUDACC__
#define CHECK(call)                                                          \
  do {                                                                       \
    cudaError_t e = (call);                                                  \
    if (e != cudaSuccess) {                                                  \
      fprintf(stderr, "%s: %s\n", #call, cudaGetErrorString(e));             \
      exit(2);                                                               \
    }                                                                        \
  } while (0)

// One thread for each output.
__global__ void multiplyKernel(float *out, const float *in, const float *weight, int rows, int outputs, int inputs) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < rows * outputs) out[i] = product(in + (size_t)(i / outputs) * inputs, weight + (size_t)(i % outputs) * inputs, inputs);
}
// One block of 16 threads for each row, a thread for each lane.
__global__ void softmaxKernel(float *out, const float *in, int n) {
  __shared__ float l[lanes];
  __shared__ float folded;
  const float *x = in + (size_t)blockIdx.x * n;
  float *y = out + (size_t)blockIdx.x * n;
  int lane = threadIdx.x;
  l[lane] = laneMax(x, n, lane);
  __syncthreads();
  if (lane == 0) folded = foldMax(l);
  __syncthreads();
  l[lane] = laneExps(x, y, n, lane, folded);
  __syncthreads();
  if (lane == 0) folded = foldSum(l);
  __syncthreads();
  for (int i = lane; i < n; i += lanes) y[i] = quotient(y[i], folded);
}
__global__ void normKernel(float *out, const float *in, const float *weight, int n, double epsilon) {
  __shared__ float l[lanes];
  __shared__ float factor;
  const float *x = in + (size_t)blockIdx.x * n;
  int lane = threadIdx.x;
  l[lane] = laneSquares(x, n, lane);
  __syncthreads();
  if (lane == 0) factor = normFactor(foldSum(l), n, epsilon);
  __syncthreads();
  for (int i = lane; i < n; i += lanes) out[(size_t)blockIdx.x * n + i] = mul(mul(x[i], factor), weight[i]);
}
__global__ void swigluKernel(float *out, const float *gate, const float *up, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = swiglu(gate[i], up[i]);
}

struct Buffer {
  float *at = nullptr;
  explicit Buffer(const std::vector<float> &v) {
    CHECK(cudaMalloc(&at, v.size() * 4 + 4));
    CHECK(cudaMemcpy(at, v.data(), v.size() * 4, cudaMemcpyHostToDevice));
  }
  ~Buffer() { cudaFree(at); }
};
#endif

// The kinds of cases, as in vectors.go.
enum { multiplyCase = 1, softmaxCase = 2, normCase = 3, swigluCase = 4 };

static void compute(uint32_t kind, int rows, int outputs, int inputs, double epsilon, const std::vector<float> &a,
                    const std::vector<float> &b, std::vector<float> &out) {
#ifdef __CUDACC__
  Buffer in(a), other(b), result(out);
  int n = (int)out.size(), grid = (n + 127) / 128;
  switch (kind) {
    case multiplyCase: multiplyKernel<<<grid, 128>>>(result.at, in.at, other.at, rows, outputs, inputs); break;
    case softmaxCase: softmaxKernel<<<rows, lanes>>>(result.at, in.at, inputs); break;
    case normCase: normKernel<<<rows, lanes>>>(result.at, in.at, other.at, inputs, epsilon); break;
    default: swigluKernel<<<grid, 128>>>(result.at, in.at, other.at, n); break;
  }
  CHECK(cudaGetLastError());
  CHECK(cudaMemcpy(out.data(), result.at, out.size() * 4, cudaMemcpyDeviceToHost));
#else
  if (kind == multiplyCase) {
    for (size_t i = 0; i < out.size(); i++)
      out[i] = product(&a[i / outputs * inputs], &b[i % outputs * inputs], inputs);
    return;
  }
  if (kind == swigluCase) {
    for (size_t i = 0; i < out.size(); i++) out[i] = swiglu(a[i], b[i]);
    return;
  }
  for (int r = 0; r < rows; r++) {
    const float *x = &a[(size_t)r * inputs];
    float *y = &out[(size_t)r * inputs];
    float l[lanes];
    if (kind == softmaxCase) {
      for (int i = 0; i < lanes; i++) l[i] = laneMax(x, inputs, i);
      float largest = foldMax(l);
      for (int i = 0; i < lanes; i++) l[i] = laneExps(x, y, inputs, i, largest);
      float sum = foldSum(l);
      for (int i = 0; i < inputs; i++) y[i] = quotient(y[i], sum);
    } else {
      for (int i = 0; i < lanes; i++) l[i] = laneSquares(x, inputs, i);
      float factor = normFactor(foldSum(l), inputs, epsilon);
      for (int i = 0; i < inputs; i++) y[i] = mul(mul(x[i], factor), b[i]);
    }
  }
#endif
}

static FILE *file;
static void need(void *to, size_t n) {
  if (n > 0 && fread(to, n, 1, file) != 1) {
    fprintf(stderr, "the vector file is cut short\n");
    exit(2);
  }
}
static uint32_t number(uint32_t most) {
  uint32_t n;
  need(&n, 4);
  if (n > most) {
    fprintf(stderr, "the vector file says %u where %u is the most\n", n, most);
    exit(2);
  }
  return n;
}
static std::vector<float> numbers() {
  std::vector<float> v(number(1 << 26));
  need(v.data(), v.size() * 4);
  return v;
}

int main(int argc, char **argv) {
  if (argc != 2 || !(file = fopen(argv[1], "rb"))) {
    fprintf(stderr, "usage: canon VECTORFILE\n");
    return 2;
  }
  char magic[8];
  need(magic, 8);
  if (memcmp(magic, "AGCANON1", 8) != 0) {
    fprintf(stderr, "%s is not a vector file\n", argv[1]);
    return 2;
  }
#ifdef __CUDACC__
  cudaDeviceProp p;
  CHECK(cudaGetDeviceProperties(&p, 0));
  printf("# %s, compute capability %d.%d\n", p.name, p.major, p.minor);
#else
  printf("# compiled as C++, on the processor\n");
#endif
  bool failed = false;
  for (uint32_t cases = number(1000); cases > 0; cases--) {
    std::string name(number(100), ' ');
    need(&name[0], name.size());
    uint32_t kind = number(swigluCase);
    int rows = number(1 << 20), outputs = number(1 << 20), inputs = number(1 << 20);
    double epsilon;
    need(&epsilon, 8);
    std::vector<float> a = numbers(), b = numbers(), want = numbers(), got(want.size());
    compute(kind, rows, outputs, inputs, epsilon, a, b, got);
    uint64_t hash = 14695981039346656037ull;
    for (size_t i = 0; i < got.size() * 4; i++) hash = (hash ^ ((unsigned char *)got.data())[i]) * 1099511628211ull;
    size_t different = 0, where = 0;
    for (size_t i = got.size(); i-- > 0;)
      if (memcmp(&got[i], &want[i], 4) != 0) different++, where = i;
    printf("%s %016llx ", name.c_str(), (unsigned long long)hash);
    if (different == 0) {
      printf("same\n");
      continue;
    }
    failed = true;
    printf("differs in %zu of %zu, first at %zu: %a, want %a\n", different, got.size(), where, got[where], want[where]);
  }
  return failed ? 1 : 0;
}
