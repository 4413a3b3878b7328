; The installer for one user: no administrator, nothing outside the user's own folders
; and HKEY_CURRENT_USER. setup.exe /S installs without a question, uninstall.exe /S
; removes; what people made (configuration, state, folders) stays in both cases.
;
; Made by packaging/build, which defines Version, Numeric, Publisher, Homepage, Program,
; License, Notices, Example and OutFile.

Target amd64-unicode
Unicode true
Name "simdrop"
OutFile "${OutFile}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\simdrop"
; lzma would save a quarter, and take twenty times as long to make.
SetCompressor /SOLID zlib
SetDateSave off
BrandingText "simdrop ${Version}"
VIProductVersion "${Numeric}.0"
VIAddVersionKey "ProductName" "simdrop"
VIAddVersionKey "ProductVersion" "${Version}"
VIAddVersionKey "FileVersion" "${Version}"
VIAddVersionKey "FileDescription" "simdrop for this user"
VIAddVersionKey "CompanyName" "${Publisher}"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "StrFunc.nsh"
${StrStr}
${UnStrRep}
!include "WinMessages.nsh"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\simdrop"

!insertmacro MUI_PAGE_LICENSE "${License}"
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_TEXT "Open a new terminal and look around:$\r$\n$\r$\n    simdrop try$\r$\n$\r$\nThen write a configuration, and have simdrop start with your session:$\r$\n$\r$\n    simdrop config init$\r$\n    simdrop service install"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!define MUI_FINISHPAGE_TEXT "Your configuration, your queue and your folders are still there."
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Var WasRunning

Section "simdrop"
	SetOutPath "$INSTDIR"

	; A running program cannot be replaced: stop it in its own way, and start it again
	; afterwards. Each job is on disk and goes on where it was.
	StrCpy $WasRunning 0
	${If} ${FileExists} "$INSTDIR\simdrop.exe"
		nsExec::ExecToLog '"$INSTDIR\simdrop.exe" status'
		Pop $0
		${If} $0 == 0
			StrCpy $WasRunning 1
		${EndIf}
		nsExec::ExecToLog '"$INSTDIR\simdrop.exe" service stop'
		Pop $0
		ClearErrors
		Delete "$INSTDIR\simdrop.exe"
		${If} ${Errors}
			SetErrorLevel 3
			Abort "simdrop is still running, perhaps in a terminal: end it, and install again."
		${EndIf}
	${EndIf}

	File "/oname=simdrop.exe" "${Program}"
	File "/oname=LICENSE.txt" "${License}"
	File "/oname=THIRD-PARTY-LICENSES.txt" "${Notices}"
	File "/oname=config.example.yaml" "${Example}"
	WriteUninstaller "$INSTDIR\uninstall.exe"
	CreateShortCut "$SMPROGRAMS\simdrop.lnk" "$INSTDIR\simdrop.exe" "open" "" 0 SW_SHOWMINIMIZED "" "simdrop's dashboard"

	WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "simdrop"
	WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${Version}"
	WriteRegStr HKCU "${UNINSTALL}" "Publisher" "${Publisher}"
	WriteRegStr HKCU "${UNINSTALL}" "URLInfoAbout" "${Homepage}"
	WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
	WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
	WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
	WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
	WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
	${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
	WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0

	Call AddToPath

	${If} $WasRunning == 1
		nsExec::ExecToLog '"$INSTDIR\simdrop.exe" service start'
		Pop $0
	${EndIf}
SectionEnd

Section "Uninstall"
	nsExec::ExecToLog '"$INSTDIR\simdrop.exe" service uninstall'
	Pop $0
	ClearErrors
	Delete "$INSTDIR\simdrop.exe"
	${If} ${Errors}
		SetErrorLevel 3
		Abort "simdrop is still running, perhaps in a terminal: end it, and remove it again."
	${EndIf}
	Delete "$INSTDIR\LICENSE.txt"
	Delete "$INSTDIR\THIRD-PARTY-LICENSES.txt"
	Delete "$INSTDIR\config.example.yaml"
	Delete "$INSTDIR\uninstall.exe"
	RMDir "$INSTDIR"
	Delete "$SMPROGRAMS\simdrop.lnk"
	DeleteRegKey HKCU "${UNINSTALL}"
	Call un.RemoveFromPath
SectionEnd

; $0 is the user's PATH; the error flag says that it is not known: a value longer than
; NSIS can hold (1,024 characters) reads as an error, like an absent one, and must never
; be written back shortened.
!macro READ_PATH
	ClearErrors
	ReadRegStr $0 HKCU "Environment" "Path"
	${If} ${Errors}
		StrCpy $0 ""
		StrCpy $1 0
		${Do}
			ClearErrors
			EnumRegValue $2 HKCU "Environment" $1
			${If} ${Errors}
			${OrIf} $2 == ""
				ClearErrors
				${ExitDo}
			${EndIf}
			${If} $2 == "Path"
				SetErrors
				${ExitDo}
			${EndIf}
			IntOp $1 $1 + 1
		${Loop}
	${EndIf}
	StrLen $1 $0
	${If} $1 > 900
		SetErrors
	${EndIf}
!macroend

Function AddToPath
	!insertmacro READ_PATH
	${If} ${Errors}
		DetailPrint "PATH is too long to be changed here: add $INSTDIR to it yourself."
		Return
	${EndIf}
	${StrStr} $1 ";$0;" ";$INSTDIR;"
	${If} $1 != ""
		Return
	${EndIf}
	${If} $0 == ""
		StrCpy $0 "$INSTDIR"
	${Else}
		StrCpy $0 "$0;$INSTDIR"
	${EndIf}
	WriteRegExpandStr HKCU "Environment" "Path" "$0"
	SendMessage ${HWND_BROADCAST} ${WM_SETTINGCHANGE} 0 "STR:Environment" /TIMEOUT=2000
FunctionEnd

Function un.RemoveFromPath
	!insertmacro READ_PATH
	${If} ${Errors}
	${OrIf} $0 == ""
		Return
	${EndIf}
	${UnStrRep} $1 ";$0;" ";$INSTDIR;" ";"
	${If} $1 == ";$0;"
		Return
	${EndIf}
	StrCpy $1 $1 "" 1
	StrLen $2 $1
	${If} $2 < 2
		DeleteRegValue HKCU "Environment" "Path"
	${Else}
		StrCpy $1 $1 -1
		WriteRegExpandStr HKCU "Environment" "Path" "$1"
	${EndIf}
	SendMessage ${HWND_BROADCAST} ${WM_SETTINGCHANGE} 0 "STR:Environment" /TIMEOUT=2000
FunctionEnd
