// Package measure reads from the kernel what processes take: memory that is
// resident, and processor time. It knows Linux's /proc; elsewhere it measures
// nothing and says so.
package measure
