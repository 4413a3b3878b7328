/* bcryptprimitives.dll for wine 8, which lacks it: Go programs (since 1.21) take their
 * random numbers from its ProcessPrng. This one passes the question on to advapi32's
 * SystemFunction036, known as RtlGenRandom. For the rig only; Windows has the real one. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
	return SystemFunction036(buffer, (ULONG)length);
}
