// What a user can set, and what the program sees of its surroundings: the face of the folder settings.
export {dashboardUrl, defaults} from './settings/defaults.ts';
export {directory, type Surroundings, surroundings} from './settings/surroundings.ts';
export {
  debugVariable,
  isOn,
  offSwitches,
  requireTimeout,
  type Setting,
  type SettingName,
  secretVariables,
  settingRow,
  settings,
  settingText,
} from './settings/table.ts';
export {
  parseUserFile,
  requireOwnSettings,
  sharedSettings,
  type UserFile,
  userFile,
  userFilePath,
  userFilePathIfAny,
  whoElseSet,
} from './settings/user-file.ts';
export {
  type Origin,
  secret,
  setting,
  settingList,
  settingValues,
  stateDirectory,
  stateDirectoryIfAny,
  switchSetting,
  type Value,
} from './settings/values.ts';
