/* Does a folder lie on an encrypted volume? */
#ifndef REPLI_CMD_VOLUME_H
#define REPLI_CMD_VOLUME_H

enum volume_crypt { VOLUME_UNKNOWN, VOLUME_PLAIN, VOLUME_ENCRYPTED };

/* Best effort, from /proc/self/mountinfo and /sys/dev/block: dm-crypt (LUKS) itself, or below an LVM volume or RAID. */
enum volume_crypt volume_crypt_of(const char *dir);

#endif
