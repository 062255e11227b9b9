; The Windows installer of Residual Lens (NSIS 3).
;
; Called by .ci/release/windows.py, which defines VERSION, NUMBER (four parts), SIZE_KB, ICON,
; BANNER (the last page's picture), LICENCE, OUTPUT and LISTS: a folder with install.nsh and
; uninstall.nsh, which name every file of the program, so that the uninstaller removes what was
; installed and nothing else.
;
; Options when silent (/S):  /CurrentUser (the default) or /AllUsers; /D=FOLDER comes last.
; The uninstaller's:         /S /REMOVESETTINGS also removes settings, logs and own models.
; Exit codes: 0 done, 3 the program is running, 4 the version before could not be removed.

!ifndef TARGET
  !define TARGET x86-unicode ; its plug-ins come with every NSIS; the program itself has 64 bits
!endif
Target ${TARGET}
SetCompressor /SOLID lzma
ManifestDPIAware true
ManifestSupportedOS all

!define NAME "Residual Lens"
!define WINDOW "Residual Lens.exe"
!define CONSOLE "residual-lens.exe"
!define MODEL "ResidualLens.Model"
!define VIEW "ResidualLens.View"
!define IMAGE "ResidualLens.Image"
!define CLASSES "Software\Classes"
!define CAPABILITIES "Software\ResidualLens\Capabilities"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\ResidualLens"

!define MULTIUSER_EXECUTIONLEVEL Highest
!define MULTIUSER_MUI
!define MULTIUSER_USE_PROGRAMFILES64
!define MULTIUSER_INSTALLMODE_COMMANDLINE
!define MULTIUSER_INSTALLMODE_DEFAULT_CURRENTUSER
!define MULTIUSER_INSTALLMODE_INSTDIR "${NAME}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_KEY "${UNINSTALL}"
!define MULTIUSER_INSTALLMODE_INSTDIR_REGISTRY_VALUENAME "InstallLocation"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_KEY "${UNINSTALL}"
!define MULTIUSER_INSTALLMODE_DEFAULT_REGISTRY_VALUENAME "InstallLocation"

!include MultiUser.nsh
!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include x64.nsh

Name "${NAME}"
OutFile "${OUTPUT}"
BrandingText "${NAME} ${VERSION}"
VIProductVersion "${NUMBER}"
VIFileVersion "${NUMBER}"
VIAddVersionKey ProductName "${NAME}"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Installs ${NAME}"
VIAddVersionKey LegalCopyright "The Residual Lens authors, MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_NOAUTOCLOSE
!define MUI_WELCOMEFINISHPAGE_BITMAP "${BANNER}"
!define MUI_COMPONENTSPAGE_NODESC
!define MUI_FINISHPAGE_RUN
!define MUI_FINISHPAGE_RUN_FUNCTION Start
!define MUI_PAGE_HEADER_TEXT "Licence"
!define MUI_PAGE_HEADER_SUBTEXT "${NAME} is free software."
!define MUI_LICENSEPAGE_TEXT_TOP " "
!define MUI_LICENSEPAGE_TEXT_BOTTOM "One part is not for everything: the model of everyday things \
  is for non-commercial research and education only. About shows the licences of all parts."
!define MUI_LICENSEPAGE_BUTTON "&Next >"
!insertmacro MUI_PAGE_LICENSE "${LICENCE}"
!insertmacro MULTIUSER_PAGE_INSTALLMODE
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English

; --- file types: offered under "Open with", never made the default ---------------------------------

!macro EachType ACTION
  !insertmacro ${ACTION} .onnx ${MODEL}
  !insertmacro ${ACTION} .lensview ${VIEW}
  !insertmacro ${ACTION} .avif ${IMAGE}
  !insertmacro ${ACTION} .bmp ${IMAGE}
  !insertmacro ${ACTION} .gif ${IMAGE}
  !insertmacro ${ACTION} .heic ${IMAGE}
  !insertmacro ${ACTION} .heif ${IMAGE}
  !insertmacro ${ACTION} .jpeg ${IMAGE}
  !insertmacro ${ACTION} .jpg ${IMAGE}
  !insertmacro ${ACTION} .png ${IMAGE}
  !insertmacro ${ACTION} .tif ${IMAGE}
  !insertmacro ${ACTION} .tiff ${IMAGE}
  !insertmacro ${ACTION} .webp ${IMAGE}
!macroend

!macro OfferType EXTENSION CLASS
  WriteRegNone SHCTX "${CLASSES}\${EXTENSION}\OpenWithProgids" "${CLASS}"
  WriteRegStr SHCTX "${CLASSES}\Applications\${WINDOW}\SupportedTypes" "${EXTENSION}" ""
  WriteRegStr SHCTX "${CAPABILITIES}\FileAssociations" "${EXTENSION}" "${CLASS}"
!macroend

!macro WithdrawType EXTENSION CLASS
  DeleteRegValue SHCTX "${CLASSES}\${EXTENSION}\OpenWithProgids" "${CLASS}"
  DeleteRegKey /ifempty SHCTX "${CLASSES}\${EXTENSION}\OpenWithProgids"
  DeleteRegKey /ifempty SHCTX "${CLASSES}\${EXTENSION}"
!macroend

!macro WriteClass CLASS TITLE
  WriteRegStr SHCTX "${CLASSES}\${CLASS}" "" "${TITLE}"
  WriteRegStr SHCTX "${CLASSES}\${CLASS}\DefaultIcon" "" "$INSTDIR\${WINDOW},0"
  WriteRegStr SHCTX "${CLASSES}\${CLASS}\shell\open\command" "" '"$INSTDIR\${WINDOW}" "%1"'
!macroend

!macro TellTheShell
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)' ; SHCNE_ASSOCCHANGED
!macroend

; --- a running program keeps its files open --------------------------------------------------------

!macro UntilClosed FUNCTION
Function ${FUNCTION}
  Pop $R9
  ${IfNot} ${FileExists} "$R9"
    Return
  ${EndIf}
  again:
  ClearErrors
  FileOpen $R8 "$R9" a
  IfErrors 0 closed
  MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION \
    "${NAME} is running. Close its window, then choose Retry." /SD IDCANCEL IDRETRY again
  SetErrorLevel 3
  Quit
  closed:
  FileClose $R8
FunctionEnd
!macroend
!insertmacro UntilClosed UntilClosed
!insertmacro UntilClosed un.UntilClosed

Function Start ; by way of Explorer: from here it would have an administrator's rights too
  Exec '"$WINDIR\explorer.exe" "$INSTDIR\${WINDOW}"'
FunctionEnd

; --- install ---------------------------------------------------------------------------------------

Function .onInit
  StrCpy $R7 $INSTDIR ; what /D= said; the next line but two overwrites it
  ${IfNot} ${RunningX64}
    MessageBox MB_ICONSTOP "${NAME} needs a 64-bit Windows." /SD IDOK
    Quit
  ${EndIf}
  SetRegView 64
  !insertmacro MULTIUSER_INIT
  ${If} $R7 != ""
    StrCpy $INSTDIR $R7
  ${EndIf}
FunctionEnd

Section "${NAME}"
  ReadRegStr $R0 SHCTX "${UNINSTALL}" "InstallLocation"
  ${If} $R0 != ""
  ${AndIf} ${FileExists} "$R0\Uninstall.exe"
    Push "$R0\${WINDOW}"
    Call UntilClosed
    Push "$R0\${CONSOLE}"
    Call UntilClosed
    DetailPrint "Removing the version before"
    ExecWait '"$R0\Uninstall.exe" /S /$MultiUser.InstallMode _?=$R0' $R1
    ${If} $R1 <> 0
      MessageBox MB_ICONSTOP "The version before, in $R0, could not be removed." /SD IDOK
      SetErrorLevel 4
      Quit
    ${EndIf}
    Delete "$R0\Uninstall.exe" ; it cannot remove itself while it is waited for
    RMDir "$R0"
  ${EndIf}

  !include "${LISTS}/install.nsh"
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\Uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${WINDOW}"

  !insertmacro WriteClass ${MODEL} "ONNX model"
  !insertmacro WriteClass ${VIEW} "View of Residual Lens"
  !insertmacro WriteClass ${IMAGE} "Picture"
  WriteRegStr SHCTX "${CLASSES}\Applications\${WINDOW}" "FriendlyAppName" "${NAME}"
  WriteRegStr SHCTX "${CLASSES}\Applications\${WINDOW}\shell\open\command" "" \
    '"$INSTDIR\${WINDOW}" "%1"'
  !insertmacro EachType OfferType
  WriteRegStr SHCTX "${CAPABILITIES}" "ApplicationName" "${NAME}"
  WriteRegStr SHCTX "${CAPABILITIES}" "ApplicationDescription" \
    "See what a residual network does with your own picture"
  WriteRegStr SHCTX "Software\RegisteredApplications" "${NAME}" "${CAPABILITIES}"

  WriteRegStr SHCTX "${UNINSTALL}" "DisplayName" "${NAME}"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${UNINSTALL}" "DisplayIcon" "$INSTDIR\${WINDOW},0"
  WriteRegStr SHCTX "${UNINSTALL}" "Publisher" "The Residual Lens authors"
  WriteRegStr SHCTX "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${UNINSTALL}" "UninstallString" \
    '"$INSTDIR\Uninstall.exe" /$MultiUser.InstallMode'
  WriteRegStr SHCTX "${UNINSTALL}" "QuietUninstallString" \
    '"$INSTDIR\Uninstall.exe" /$MultiUser.InstallMode /S'
  WriteRegDWORD SHCTX "${UNINSTALL}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD SHCTX "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD SHCTX "${UNINSTALL}" "NoRepair" 1
  !insertmacro TellTheShell
SectionEnd

; --- uninstall -------------------------------------------------------------------------------------

Section "un.${NAME}"
  SectionIn RO
  Push "$INSTDIR\${WINDOW}"
  Call un.UntilClosed
  Push "$INSTDIR\${CONSOLE}"
  Call un.UntilClosed

  !include "${LISTS}/uninstall.nsh"
  Delete "$INSTDIR\Uninstall.exe"
  RMDir "$INSTDIR" ; stays where a person put files of their own
  Delete "$SMPROGRAMS\${NAME}.lnk"

  !insertmacro EachType WithdrawType
  DeleteRegKey SHCTX "${CLASSES}\${MODEL}"
  DeleteRegKey SHCTX "${CLASSES}\${VIEW}"
  DeleteRegKey SHCTX "${CLASSES}\${IMAGE}"
  DeleteRegKey SHCTX "${CLASSES}\Applications\${WINDOW}"
  DeleteRegKey SHCTX "Software\ResidualLens"
  DeleteRegValue SHCTX "Software\RegisteredApplications" "${NAME}"
  DeleteRegKey SHCTX "${UNINSTALL}"
  !insertmacro TellTheShell
SectionEnd

Section /o "un.My settings, logs and own models" SETTINGS
  SetShellVarContext current ; also where the program was installed for everybody
  RMDir /r "$LOCALAPPDATA\residual-lens"
SectionEnd

Function un.onInit
  SetRegView 64
  !insertmacro MULTIUSER_UNINIT
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/REMOVESETTINGS" $R1
  ${IfNot} ${Errors}
    SectionGetFlags ${SETTINGS} $R2
    IntOp $R2 $R2 | 1
    SectionSetFlags ${SETTINGS} $R2
  ${EndIf}
FunctionEnd
