//go:build !static

#include "textflag.h"

// func byValue(), called as a C function of four arguments:
//
//	byValue(function, first, structure *uintptr, words)
//
// It calls function(first, structure) where structure is longer than 16 bytes, which
// the System V ABI passes by copying it to the stack. AX returns the result.
TEXT ·byValue(SB), NOSPLIT|NOFRAME, $0
	PUSHQ BP
	MOVQ  SP, BP
	MOVQ  DI, AX
	MOVQ  SI, DI
	MOVQ  CX, R8
	INCQ  R8
	ANDQ  $~1, R8        // the stack is aligned to 16 bytes at a call
	SHLQ  $3, R8
	SUBQ  R8, SP
	XORQ  R9, R9

copy:
	CMPQ R9, CX
	JGE  done
	MOVQ (DX)(R9*8), R10
	MOVQ R10, (SP)(R9*8)
	INCQ R9
	JMP  copy

done:
	CALL AX
	MOVQ BP, SP
	POPQ BP
	RET

// func silent() is a C callback that does nothing.
TEXT ·silent(SB), NOSPLIT|NOFRAME, $0
	RET

// Addresses of the above for C.
DATA ·byValueAddress(SB)/8, $·byValue(SB)
GLOBL ·byValueAddress(SB), RODATA, $8
DATA ·silentAddress(SB)/8, $·silent(SB)
GLOBL ·silentAddress(SB), RODATA, $8
