/* memory: a process takes little, and gives back what only its start or a busy time needed. */
#include "serve/memory.h"

#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether the loader has written addresses into its code (on some processors): they must stay. */
static bool
is_patched(const struct dl_phdr_info *object)
{
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		const ElfW(Dyn) *entry = (const void *)(object->dlpi_addr + part->p_vaddr);

		for (; part->p_type == PT_DYNAMIC && entry->d_tag != DT_NULL; entry++)
			if (entry->d_tag == DT_TEXTREL ||
			    (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
				return true;
	}
	return false;
}

/* For dl_iterate_phdr(): code and constants of a loaded object, which are as in the file. */
static int
give_back_object(struct dl_phdr_info *object, size_t size, void *arg)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)arg;
	if (is_patched(object))
		return 0;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		const uintptr_t start = object->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_LOAD && !(part->p_flags & PF_W))
			(void)madvise((void *)(start & ~(page - 1)),
			    part->p_memsz + (start & (page - 1)), MADV_DONTNEED);
	}
	return 0;
}

void
memory_prepare(void)
{
	/* Each heap keeps a rest for itself; the C library would have eight a core. */
	(void)mallopt(M_ARENA_MAX, 2 * (int)sysconf(_SC_NPROCESSORS_ONLN));
}

void
memory_give_back(void)
{
	(void)malloc_trim(0);
	(void)dl_iterate_phdr(give_back_object, NULL);
}
