metadata description = 'Everything that SimCSE Functions needs in Azure, in one resource group. docs/deploy.md has the commands; azd takes the values of main.parameters.json.'

targetScope = 'resourceGroup'

import { settings } from 'modules/settings.bicep'

@description('Where the app runs. GPUs exist on Container Apps only.')
@allowed(['elasticPremium', 'containerAppsGpu', 'containerApps', 'flexConsumption'])
param hosting string

@description('Name of the environment: part of tags and names. Lower-case letters and digits.')
@minLength(2)
@maxLength(8)
param environmentName string

@description('Region of every resource.')
param location string = resourceGroup().location

@description('Further tags of every resource.')
param tags object = {}

@description('Image of the app without registry, for example simcse-functions:1. Empty: everything but the app, so that the image can be built in the new registry.')
param image string = ''

@description('elasticPremium: size of an instance.')
@allowed(['EP1', 'EP2', 'EP3'])
param premiumSku string = 'EP2'

@description('containerAppsGpu: one T4 (8 vCPUs, 56 GiB) or one A100 (24 vCPUs, 220 GiB) for each replica.')
@allowed(['T4', 'A100'])
param gpu string = 'T4'

@description('containerApps: vCPUs of a replica; it has twice as many GiB.')
@allowed(['1', '2', '4'])
param cpu string = '4'

@description('flexConsumption: memory of an instance in MiB.')
@allowed([2048, 4096])
param instanceMemoryMB int = 4096

@description('Instances or replicas that are always there and paid for. elasticPremium has at least 1; flexConsumption knows alwaysReadyInstances only.')
@minValue(0)
@maxValue(20)
param minInstances int = 0

@description('Instances or replicas at most. flexConsumption has at least 40.')
@minValue(1)
@maxValue(1000)
param maxInstances int = 10

@description('elasticPremium and flexConsumption: instances that are kept ready.')
@minValue(0)
@maxValue(10)
param alwaysReadyInstances int = hosting == 'elasticPremium' ? 1 : 0

@description('Whether the app has an address that is reached from the internet, over HTTPS and with a function key. A GPU app has none by default.')
param publicIngress bool = hosting != 'containerAppsGpu'

@description('Origins whose web pages may use the HTTP functions (CORS), such as https://app.example.com. Empty: none.')
param allowedOrigins string[] = []

@description('Whether storage and registry are reached over a virtual network only.')
param privateNetworking bool = false

@description('IPv4 addresses or CIDR ranges that reach the storage account all the same when privateNetworking is set.')
param allowedIpAddresses string[] = []

@description('Prefix of the bundle in the container models. Empty: the bundle is inside the image, in modelBundle.')
param modelBlob string = ''

@description('Folder of the bundle inside the image, used when modelBlob is empty.')
param modelBundle string = 'bundle'

@description('Fingerprint that the bundle must have, as `simcse model info` shows it. Empty: any.')
param modelFingerprint string = ''

@description('What the encoder runs on. cuda is an error where there is no GPU, so that none is paid for in vain.')
@allowed(['auto', 'cpu', 'cuda'])
param device string = hosting == 'containerAppsGpu' ? 'cuda' : 'cpu'

@description('Settings of the app, by name, that differ from infra/settings.json.')
param appSettings object = {}

@description('Object ids of the people or groups who submit sources, read embeddings and put models there.')
param operatorPrincipalIds string[] = []

@description('What operatorPrincipalIds are.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string = 'User'

@description('Replication of the storage account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS'])
param storageSku string = 'Standard_LRS'

@description('Days until what is known of a job is deleted.')
@minValue(30)
@maxValue(3650)
param jobRetentionDays int = 365

@description('Days until the notes on submissions and poisoned messages are deleted.')
@minValue(1)
@maxValue(365)
param noteRetentionDays int = 30

@description('Days for which deleted blobs and containers can be restored.')
@minValue(1)
@maxValue(365)
param softDeleteDays int = 7

@description('Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Address that alerts are sent to. Empty: they only stand in the portal.')
param alertEmail string = ''

@description('Minutes that a shard may wait before an alert.')
@minValue(1)
@maxValue(10080)
param maxShardAgeMinutes int = 60

@description('Failed invocations in a quarter of an hour before an alert.')
@minValue(1)
@maxValue(10000)
param maxFailures int = 20

@description('Price of one instance for one hour with which the workbook begins, as a number with a decimal point.')
param pricePerInstanceHour string = '0'

var suffix = uniqueString(resourceGroup().id, environmentName)
var name = 'simcse-${environmentName}'
var storageAccountName = 'simcse${take(environmentName, 4)}${suffix}'
var registryName = 'simcse${environmentName}${suffix}'
var applicationInsightsName = '${name}-insights-${suffix}'
var allTags = union({ application: 'simcse-functions', environment: environmentName }, tags)
var onContainerApps = contains(hosting, 'containerApps')
var hasApp = hosting == 'flexConsumption' || !empty(image)
var replicas = {
  containerApps: { profile: 'Consumption', cpu: cpu, memoryGi: int(cpu) * 2 }
  T4: { profile: 'Consumption-GPU-NC8as-T4', cpu: '8', memoryGi: 56 }
  A100: { profile: 'Consumption-GPU-NC24-A100', cpu: '24', memoryGi: 220 }
}
var hostSettings settings = {
  storageAccountName: storageAccountName
  clientId: identity.outputs.appClientId
  applicationInsightsConnectionString: monitoring.outputs.connectionString
  device: device
  modelBlob: modelBlob
  modelBundle: empty(modelBlob) ? modelBundle : ''
  modelFingerprint: modelFingerprint
  app: union(loadJsonContent('settings.json'), appSettings)
}

module identity 'modules/identity.bicep' = {
  params: {
    location: location
    tags: allTags
    appIdentityName: '${name}-app-${suffix}'
    eventsIdentityName: '${name}-events-${suffix}'
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    location: location
    tags: allTags
    name: storageAccountName
    sku: storageSku
    privateNetworking: privateNetworking
    allowedIpAddresses: allowedIpAddresses
    jobRetentionDays: jobRetentionDays
    noteRetentionDays: noteRetentionDays
    softDeleteDays: softDeleteDays
  }
}

module registry 'modules/registry.bicep' = {
  params: {
    location: location
    tags: allTags
    name: registryName
    privateNetworking: privateNetworking
  }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    location: location
    tags: allTags
    workspaceName: '${name}-logs-${suffix}'
    applicationInsightsName: applicationInsightsName
    retentionDays: logRetentionDays
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    location: location
    tags: allTags
    namePrefix: name
    workspaceId: monitoring.outputs.workspaceId
    alertEmail: alertEmail
    maxShardAgeMinutes: maxShardAgeMinutes
    maxFailures: maxFailures
  }
}

module workbook 'modules/workbook.bicep' = {
  params: {
    location: location
    tags: allTags
    displayName: 'SimCSE Functions (${environmentName})'
    workspaceId: monitoring.outputs.workspaceId
    storageAccountId: storage.outputs.id
    pricePerInstanceHour: pricePerInstanceHour
  }
}

module roles 'modules/roles.bicep' = {
  params: {
    storageAccountName: storageAccountName
    registryName: registryName
    applicationInsightsName: applicationInsightsName
    appPrincipalId: identity.outputs.appPrincipalId
    eventsPrincipalId: identity.outputs.eventsPrincipalId
    operatorPrincipalIds: operatorPrincipalIds
    operatorPrincipalType: operatorPrincipalType
  }
  dependsOn: [monitoring, registry, storage]
}

module events 'modules/events.bicep' = {
  params: {
    location: location
    tags: allTags
    name: '${name}-events-${suffix}'
    storageAccountId: storage.outputs.id
    identityId: identity.outputs.eventsId
  }
  dependsOn: [roles]
}

module network 'modules/network.bicep' = if (privateNetworking) {
  params: {
    location: location
    tags: allTags
    name: '${name}-network'
    delegation: hosting == 'elasticPremium' ? 'Microsoft.Web/serverFarms' : 'Microsoft.App/environments'
    storageAccountName: storageAccountName
    storageAccountId: storage.outputs.id
    registryName: registryName
    registryId: registry.outputs.id
  }
}

module elasticPremium 'modules/hosting/elasticPremium.bicep' = if (hosting == 'elasticPremium' && hasApp) {
  params: {
    location: location
    tags: allTags
    planName: '${name}-plan'
    appName: '${name}-${suffix}'
    sku: premiumSku
    minInstances: max(minInstances, 1)
    maxInstances: min(maxInstances, 100)
    alwaysReadyInstances: max(alwaysReadyInstances, 1)
    image: '${registry.outputs.loginServer}/${image}'
    identityId: identity.outputs.appId
    appSettings: hostSettings
    publicIngress: publicIngress
    allowedOrigins: allowedOrigins
    subnetId: network.?outputs.appsSubnetId ?? ''
  }
  dependsOn: [roles]
}

module containerApps 'modules/hosting/containerApps.bicep' = if (onContainerApps && hasApp) {
  params: {
    location: location
    tags: allTags
    environmentName: '${name}-environment'
    appName: name
    size: replicas[hosting == 'containerAppsGpu' ? gpu : 'containerApps']
    minReplicas: minInstances
    maxReplicas: maxInstances
    image: '${registry.outputs.loginServer}/${image}'
    registryServer: registry.outputs.loginServer
    identityId: identity.outputs.appId
    appSettings: hostSettings
    publicIngress: publicIngress
    allowedOrigins: allowedOrigins
    subnetId: network.?outputs.appsSubnetId ?? ''
    workspaceId: monitoring.outputs.workspaceId
  }
  dependsOn: [roles]
}

module flexConsumption 'modules/hosting/flexConsumption.bicep' = if (hosting == 'flexConsumption') {
  params: {
    location: location
    tags: allTags
    planName: '${name}-plan'
    appName: '${name}-${suffix}'
    instanceMemoryMB: instanceMemoryMB
    maxInstances: max(maxInstances, 40)
    alwaysReadyInstances: alwaysReadyInstances
    packageContainerUrl: '${storage.outputs.blobEndpoint}${loadJsonContent('names.json').packages}'
    identityId: identity.outputs.appId
    appSettings: hostSettings
    publicIngress: publicIngress
    allowedOrigins: allowedOrigins
    subnetId: network.?outputs.appsSubnetId ?? ''
  }
  dependsOn: [roles]
}

@description('Name of the storage account, for `az storage` and AzureWebJobsStorage__accountName.')
output storageAccountName string = storage.outputs.name

@description('Name of the registry, for `az acr build`.')
output registryName string = registry.outputs.name

@description('Name of the app; empty as long as there is none.')
output appName string = !hasApp ? '' : onContainerApps ? name : '${name}-${suffix}'

@description('Address of the app; empty as long as there is none.')
output appUrl string = elasticPremium.?outputs.url ?? containerApps.?outputs.url ?? flexConsumption.?outputs.url ?? ''
