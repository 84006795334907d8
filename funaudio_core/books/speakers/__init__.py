"""Attribution of quotations to the characters who speak them, by rules for English and Chinese."""
