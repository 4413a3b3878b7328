# What service.wxs cannot say to wixl: one statement a line, run by packaging/build.

# Public properties reach the elevated half of the installation only when listed here.
UPDATE `Property` SET `Value` = 'WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;SVCACCOUNT;SVCPASSWORD' WHERE `Property` = 'SecureCustomProperties'

# 18 is raw (2) in the 64-bit half of the registry (16), where the component writes it.
UPDATE `RegLocator` SET `Type` = 18 WHERE `Signature_` = 'LastAccount'

# At the end of the machine's PATH: "=" sets it, "-" takes it off again, "*" is the
# machine's, "[~]" what was there.
CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)
INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`) VALUES ('Path', '=-*PATH', '[~];[INSTALLDIR]', 'Program')
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)
INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)
